import { CoatcheckError } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { isProcessAlive, ownProcessMark } from '../foundation/process-mark.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { ConnectionDoor } from './connection-door.ts'
import type { LiveSandbox, LiveSandboxes } from './live-sandboxes.ts'
import type { LocalGrantService } from './local-grant-service.ts'
import type { LocalSandboxService } from './local-sandbox-service.ts'
import type { Sandbox } from './sandbox.ts'
import { after } from './sandbox-lifetime.ts'
import type { SandboxStore } from './sandbox-store.ts'
import type { WayOut } from './way-out.ts'

/** Rows looked at together. */
const pageSize = 200

/** Sandboxes whose rows are removed in one transaction, which others wait for. */
const pruneBatch = 50

/** How long the row of a sandbox stays after its end; the journal keeps its id. */
const keptSeconds = 7 * 24 * 60 * 60

const pruneEveryMs = 60 * 60 * 1000

/** SECURITY: what another process revoked ends here within a second (N2). */
const compareEveryMs = 400

/** What housekeeping works with. */
export interface HousekeepingParts {
  readonly clock: Clock
  /** Absent where no connections are brokered that speak no HTTP. */
  readonly connections?: Pick<ConnectionDoor, 'openPorts'>
  readonly ephemeral: EphemeralSecrets
  readonly grants: LocalGrantService
  readonly live: LiveSandboxes
  /** Changes whenever another process wrote rows. */
  readonly writesOfOthers: () => number
  readonly sandboxes: LocalSandboxService
  readonly store: SandboxStore
  readonly wayOut: WayOut
}

/** Keeps rows, timers and live connections in step, whoever changed the rows, and removes rows that are long over. */
export class SandboxHousekeeping {
  readonly #parts: HousekeepingParts
  readonly #timers: NodeJS.Timeout[] = []
  #seen: number | undefined

  constructor(parts: HousekeepingParts) {
    this.#parts = parts
    parts.wayOut.onReopened((id) => void this.#takeIn(id))
  }

  /**
   * Ends what died with an earlier process, takes in what lives on, and begins to look after it.
   * @throws CoatcheckError of the store
   */
  async start(projects: readonly string[]): Promise<void> {
    const { live, writesOfOthers } = this.#parts
    // Where nothing is live, all that others wrote is read below, and a comparison would end idle connections for nothing. What is
    // live while the vault was locked is compared, whenever that was.
    this.#seen = [...live.all()].length === 0 ? writesOfOthers() : undefined
    this.#timers.push(setInterval(() => this.compare(), compareEveryMs).unref())
    this.#timers.push(setInterval(() => void this.prune().catch(ignoreRefused), pruneEveryMs).unref())
    for (const project of projects) await this.settle(project)
    await this.prune()
  }

  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer)
  }

  /**
   * Goes through the living rows of a project: fenced sandboxes whose broker died have ended, since their way out died with it; what has
   * expired has ended; registered ones go on.
   */
  async settle(project: string): Promise<void> {
    const { clock, live, sandboxes, store } = this.#parts
    let cursor: string | null = null
    for (;;) {
      const page: readonly Sandbox[] = store.list(project, pageSize, cursor)
      for (const sandbox of page) {
        if (sandbox.endedAt !== null || live.get(sandbox.id) !== undefined) continue
        const isOrphan = sandbox.fence === 'kernel' && !isProcessAlive(sandbox.holder)
        if (isOrphan) await sandboxes.endTogether([sandbox], 'its broker died')
        else if (clock.now() >= new Date(sandbox.expiresAt)) await sandboxes.endTogether([sandbox], 'expired')
        else if (sandbox.fence === 'none') await this.#adopt(sandbox)
      }
      if (page.length < pageSize) return
      cursor = page.at(-1)!.id
    }
  }

  /** Removes the rows of what ended long ago, a batch at a time. */
  async prune(): Promise<void> {
    const { clock, store } = this.#parts
    const before = after(clock.now(), -keptSeconds)
    while (store.prune(before, pruneBatch) === pruneBatch) await new Promise((resolve) => setImmediate(resolve))
  }

  /** Brings what is live here in line with the rows, where another process has changed those. */
  compare(): void {
    const { live, writesOfOthers } = this.#parts
    try {
      const current = writesOfOthers()
      if (current === this.#seen) return
      this.#seen = current
      for (const held of live.all()) this.#compare(held)
    } catch (error) {
      // Rows that cannot be read let nothing through either.
      ignoreRefused(error)
    }
  }

  #compare({ sandbox: { id }, grants }: LiveSandbox): void {
    const { live, sandboxes, store, wayOut } = this.#parts
    const row = store.find(id)
    if (row === undefined || row.endedAt !== null) {
      // The process that ended it has recorded so.
      void sandboxes.endHeld(id, 'ended by another process').catch(ignoreRefused)
      return
    }
    const living = store.grantsOf(id).filter(({ endedAt }) => endedAt === null)
    const gone = [...grants.values()].filter((grant) => !living.some((each) => each.id === grant.id))
    for (const grant of gone) live.dropGrant(grant)
    wayOut.endGrants(
      gone.map((grant) => grant.id),
      'grant_ended',
    )
    for (const grant of living) if (grants.get(grant.id)?.expiresAt !== grant.expiresAt) live.setGrant(grant)
    live.setSandbox(row)
    wayOut.endDenied(id)
  }

  /** Takes in a registered sandbox of an earlier process; values that lived in that one's memory are gone. */
  async #adopt(sandbox: Sandbox): Promise<void> {
    const { ephemeral, grants, live, store } = this.#parts
    const living = store.grantsOf(sandbox.id).filter(({ endedAt }) => endedAt === null)
    const isLost = (secretId: string): boolean => ephemeral.find(secretId) === undefined
    const lost = isProcessAlive(sandbox.holder) ? [] : living.filter((each) => each.ephemeral && isLost(each.secretId))
    for (const { secretId } of lost) await grants.endGrantsOf(secretId, 'its broker died')
    if (live.get(sandbox.id) !== undefined) return
    const kept = living.filter((grant) => !lost.includes(grant))
    live.add({ sandbox, grants: kept })
    // A port that another process has is that one's to serve.
    const isHeldElsewhere = sandbox.holder !== ownProcessMark() && isProcessAlive(sandbox.holder)
    if (!isHeldElsewhere) await this.#parts.connections?.openPorts(sandbox, kept)
  }

  /** Looks after a sandbox that another process registered and that called here. SECURITY: what cannot be looked after is closed. */
  async #takeIn(id: string): Promise<void> {
    const { store, wayOut } = this.#parts
    try {
      const row = store.find(id)
      if (row === undefined || row.endedAt !== null) await wayOut.close(id)
      else await this.#adopt(row)
    } catch (error) {
      await wayOut.close(id)
      ignoreRefused(error)
    }
  }
}

function ignoreRefused(error: unknown): void {
  if (!(error instanceof CoatcheckError)) throw error
}
