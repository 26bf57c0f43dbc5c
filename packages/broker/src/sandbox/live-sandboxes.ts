import type { Clock } from '../foundation/clock.ts'
import { Deadline } from './deadline.ts'
import type { Grant } from './grant.ts'
import type { Sandbox } from './sandbox.ts'
import type { OpenedWay } from './way-out.ts'

/** What a process knows of a sandbox that it holds, beside its row. */
export interface LiveSandbox {
  /** Its row, as this process saw it last. */
  readonly sandbox: Sandbox
  /** Absent for a sandbox that was registered before this process began. */
  readonly way: OpenedWay | undefined
  /** Who its processes run as on the host, where the broker runs as root. */
  readonly runAs?: { readonly uid: number; readonly gid: number }
  /** Its living grants, by id. */
  readonly grants: ReadonlyMap<string, Grant>
  /** Resolves when the sandbox has ended. */
  readonly ended: Promise<void>
}

/** What happens when the time of something is over. */
export interface Expiries {
  sandboxExpired(sandboxId: string): void
  grantExpired(grant: Grant): void
  /** Nobody took the lease of a sandbox in time. */
  leaseMissed(sandboxId: string): void
}

/** What a sandbox is taken in with. */
export interface LiveSandboxParts {
  readonly sandbox: Sandbox
  readonly grants: readonly Grant[]
  readonly way?: OpenedWay
  readonly runAs?: { readonly uid: number; readonly gid: number }
}

interface Entry extends LiveSandbox {
  sandbox: Sandbox
  readonly grants: Map<string, Grant>
  readonly deadlines: Map<string, Deadline>
  over(): void
}

/** The sandboxes that this broker process holds, with the timers that end them and their grants. */
export class LiveSandboxes {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  #expiries: Expiries | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Says who acts when a time is over; until then nobody does. */
  onExpiry(expiries: Expiries): void {
    this.#expiries = expiries
  }

  get(sandboxId: string): LiveSandbox | undefined {
    return this.#entries.get(sandboxId)
  }

  all(): readonly LiveSandbox[] {
    return [...this.#entries.values()]
  }

  /** Takes a sandbox in, and arms its timers. */
  add({ sandbox, grants, way, runAs }: LiveSandboxParts): void {
    const { promise: ended, resolve: over } = Promise.withResolvers<void>()
    const { id } = sandbox
    const known = { sandbox, way, ended, over, grants: new Map(), deadlines: new Map() }
    this.#entries.set(id, runAs === undefined ? known : { ...known, runAs })
    this.#armExpiry(sandbox)
    for (const grant of grants) this.setGrant(grant)
  }

  /** Remembers the row as it is now, and moves the timer that ends the sandbox where that changed. */
  setSandbox(sandbox: Sandbox): void {
    const entry = this.#entries.get(sandbox.id)
    if (entry === undefined) return
    const isMoved = entry.sandbox.expiresAt !== sandbox.expiresAt
    entry.sandbox = sandbox
    if (isMoved) this.#armExpiry(sandbox)
  }

  /** Arms the timer for a lease that nobody takes. */
  setLeaseDeadline(sandboxId: string, at: string): void {
    this.#arm(sandboxId, 'lease', at, (expiries) => expiries.leaseMissed(sandboxId))
  }

  /** Calls that timer off. */
  leaseTaken(sandboxId: string): void {
    this.#disarm(this.#entries.get(sandboxId), 'lease')
  }

  /** Remembers a grant, and arms its timer. */
  setGrant(grant: Grant): void {
    this.#entries.get(grant.sandboxId)?.grants.set(grant.id, grant)
    if (grant.expiresAt === null) return
    this.#arm(grant.sandboxId, grant.id, grant.expiresAt, (expiries) => expiries.grantExpired(grant))
  }

  /** Forgets a grant that has ended. */
  dropGrant({ id, sandboxId }: Pick<Grant, 'id' | 'sandboxId'>): void {
    const entry = this.#entries.get(sandboxId)
    entry?.grants.delete(id)
    this.#disarm(entry, id)
  }

  /** Lets go of a sandbox; `over` is called once everything of it has been closed. */
  take(sandboxId: string): (LiveSandbox & { over(): void }) | undefined {
    const entry = this.#entries.get(sandboxId)
    this.#entries.delete(sandboxId)
    for (const deadline of entry?.deadlines.values() ?? []) deadline[Symbol.dispose]()
    return entry
  }

  #armExpiry({ id, expiresAt }: Sandbox): void {
    this.#arm(id, 'expiry', expiresAt, (expiries) => expiries.sandboxExpired(id))
  }

  #arm(sandboxId: string, name: string, at: string, act: (expiries: Expiries) => void): void {
    const entry = this.#entries.get(sandboxId)
    if (entry === undefined) return
    this.#disarm(entry, name)
    entry.deadlines.set(name, new Deadline(this.#clock, at, () => this.#expiries && act(this.#expiries)))
  }

  #disarm(entry: Entry | undefined, name: string): void {
    entry?.deadlines.get(name)?.[Symbol.dispose]()
    entry?.deadlines.delete(name)
  }
}
