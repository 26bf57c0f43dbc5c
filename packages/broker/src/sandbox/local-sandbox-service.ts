import { createHash, randomBytes } from 'node:crypto'
import { CoatcheckError, type CreatedSandbox, type SandboxCreate, type SandboxView } from '@coatcheck/contract'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { isProcessAlive, ownProcessMark } from '../foundation/process-mark.ts'
import { networkMatcher } from '../policy/network-matcher.ts'
import { findProfile } from '../policy/profile.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import type { Vault } from '../vault/vault.ts'
import type { Grant } from './grant.ts'
import { issueGrants } from './issue-grants.ts'
import type { Sandbox } from './sandbox.ts'
import type { SandboxService } from './sandbox-service.ts'
import type { SandboxStore } from './sandbox-store.ts'
import { viewSandbox } from './view-sandbox.ts'
import type { WayOut } from './way-out.ts'

/** Life of a sandbox when nothing else is asked for. */
const defaultTtlSeconds = 8 * 60 * 60

/** `setTimeout` fires at once beyond this. */
const maxTimerMs = 2 ** 31 - 1

/** Rows looked at together. */
const orphanPage = 500

/** What the service works with. */
export interface SandboxServiceParts {
  readonly audit: AuditLog
  readonly clock: Clock
  readonly ephemeral: EphemeralSecrets
  readonly keyRing: KeyRing
  readonly store: SandboxStore
  readonly vault: Vault
  readonly wayOut: WayOut
}

interface LiveSandbox {
  readonly sandbox: Sandbox
  readonly grants: readonly Grant[]
  readonly ended: PromiseWithResolvers<void>
  timer: NodeJS.Timeout
}

/** The sandboxes of this broker process. */
export class LocalSandboxService implements SandboxService {
  readonly #parts: SandboxServiceParts
  readonly #live = new Map<string, LiveSandbox>()

  constructor(parts: SandboxServiceParts) {
    this.#parts = parts
  }

  async create(project: string, input: SandboxCreate): Promise<CreatedSandbox> {
    const { audit, store, wayOut } = this.#parts
    const token = randomBytes(32).toString('base64url')
    const sandbox = this.#describe(project, input, token)
    const runAs = identityOf(input)
    const { grants, env } = issueGrants(sandbox, input, this.#parts)
    try {
      store.create(sandbox, grants)
      const way = await wayOut.open(sandbox, input.launch === undefined ? undefined : runAs)
      await audit.append({
        id: newIdentifier('evt'),
        kind: 'sandbox.created',
        project,
        sandbox: sandbox.id,
        grants: grants.map(({ id }) => id),
        subject: sandbox.name,
      })
      this.#watch(sandbox, grants, way.closed)
      const { gateway, ca } = way
      const connect = { env, ca, ...(gateway === undefined ? {} : { gateway }) }
      return { ...this.#view(sandbox, grants), token, connect }
    } catch (error) {
      await this.#close(sandbox, grants)
      throw error
    }
  }

  get(project: string, id: string): SandboxView {
    const sandbox = this.#find(project, id)
    return this.#view(sandbox, this.#parts.store.grantsOf(id))
  }

  list(project: string, limit: number, cursor: string | null): readonly SandboxView[] {
    const { store } = this.#parts
    return store.list(project, limit, cursor).map((sandbox) => this.#view(sandbox, store.grantsOf(sandbox.id)))
  }

  async end(project: string, id: string, reason: string): Promise<void> {
    const sandbox = this.#find(project, id)
    if (sandbox.endedAt === null) await this.#end(sandbox, reason)
  }

  endGrantsOf(secretId: string): void {
    const { store, wayOut } = this.#parts
    const affected = [...this.#live.keys()]
      .flatMap((id) => store.grantsOf(id))
      .filter((grant) => grant.secretId === secretId && grant.endedAt === null)
    store.endGrantsOf(secretId, this.#now())
    wayOut.endGrants(affected.map(({ id }) => id))
  }

  async ended(id: string): Promise<void> {
    await this.#live.get(id)?.ended.promise
  }

  /** Ends the fenced sandboxes whose broker died: their way out died with it, and only their rows live on. */
  async endOrphans(project: string): Promise<void> {
    const { store } = this.#parts
    let cursor: string | null = null
    for (;;) {
      const page: readonly Sandbox[] = store.list(project, orphanPage, cursor)
      for (const sandbox of page) {
        const lives = sandbox.endedAt !== null || sandbox.fence === 'none' || isProcessAlive(sandbox.holder)
        if (!lives) await this.#end(sandbox, 'its broker died')
      }
      if (page.length < orphanPage) return
      cursor = page.at(-1)!.id
    }
  }

  /** Ends every sandbox of this process. */
  async endAll(reason: string): Promise<void> {
    for (const { sandbox } of [...this.#live.values()]) await this.#end(sandbox, reason)
  }

  #describe(project: string, input: SandboxCreate, token: string): Sandbox {
    const profile = findProfile(input.profile ?? 'locked')
    const now = this.#parts.clock.now()
    const allow = (input.network?.allow ?? []).map((rule) => (typeof rule === 'string' ? { to: rule } : rule))
    const deny = input.network?.deny ?? []
    // A rule that cannot be read must not wait for the first connection to say so.
    for (const to of [...allow.map((rule) => rule.to), ...deny]) networkMatcher(to)
    const id = newIdentifier('sbx')
    return {
      id,
      project,
      name: input.name ?? id,
      profile: profile.name,
      fence: input.launch === undefined ? 'none' : 'kernel',
      holder: ownProcessMark(),
      tokenHash: createHash('sha256').update(token).digest('hex'),
      allow: [...profile.allow, ...allow],
      deny,
      from: input.from ?? [],
      labels: input.labels ?? {},
      createdAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + (input.ttlSeconds ?? defaultTtlSeconds) * 1000).toISOString(),
      endedAt: null,
    }
  }

  #watch(sandbox: Sandbox, grants: readonly Grant[], closed: Promise<void>): void {
    const ended = Promise.withResolvers<void>()
    this.#live.set(sandbox.id, { sandbox, grants, ended, timer: this.#armExpiry(sandbox) })
    void closed.then(async () => {
      if (this.#live.has(sandbox.id)) await this.#end(sandbox, 'its gateway is gone')
    })
  }

  #armExpiry(sandbox: Sandbox): NodeJS.Timeout {
    const leftMs = new Date(sandbox.expiresAt).getTime() - this.#parts.clock.now().getTime()
    const timer = setTimeout(
      () => {
        if (leftMs <= maxTimerMs) void this.#end(sandbox, 'expired')
        else this.#live.get(sandbox.id)!.timer = this.#armExpiry(sandbox)
      },
      Math.max(0, Math.min(leftMs, maxTimerMs)),
    )
    return timer.unref()
  }

  async #end(sandbox: Sandbox, reason: string): Promise<void> {
    const live = this.#live.get(sandbox.id)
    this.#live.delete(sandbox.id)
    clearTimeout(live?.timer)
    await this.#close(sandbox, live?.grants ?? [])
    live?.ended.resolve()
    const event = { id: newIdentifier('evt'), project: sandbox.project, sandbox: sandbox.id, note: reason }
    // What has ended stays ended when the journal is failing.
    await this.#parts.audit.append({ ...event, kind: 'sandbox.ended', subject: sandbox.name }).catch(() => {})
  }

  /** Marks the sandbox as ended, wipes what lived with it, and closes its way out, whatever of it fails. */
  async #close({ id }: Sandbox, grants: readonly Grant[]): Promise<void> {
    const { ephemeral, store, wayOut } = this.#parts
    ephemeral.drop(grants.filter((grant) => grant.ephemeral).map(({ secretId }) => secretId))
    try {
      // SECURITY: the row first, so that no request is let through while the connections are being closed.
      if (store.find(id)?.endedAt === null) store.end(id, this.#now())
    } catch (error) {
      // A locked vault cannot write the row; what is in this process ends all the same, and the row expires.
      if (!(error instanceof CoatcheckError)) throw error
    } finally {
      await wayOut.close(id)
    }
  }

  #find(project: string, id: string): Sandbox {
    const sandbox = this.#parts.store.find(id)
    if (sandbox === undefined || sandbox.project !== project) throw new CoatcheckError('sandbox_not_found')
    return sandbox
  }

  #view(sandbox: Sandbox, grants: readonly Grant[]): SandboxView {
    return viewSandbox(sandbox, grants, this.#parts)
  }

  #now(): string {
    return this.#parts.clock.now().toISOString()
  }
}

/** SECURITY: a broker that runs as root never starts a sandbox as root. @throws CoatcheckError `request_invalid` */
function identityOf({ launch }: SandboxCreate): { runAs?: { uid: number; gid: number } } {
  const isRoot = process.getuid?.() === 0
  if (!isRoot) return {}
  if (launch === undefined) return {}
  const { uid, gid } = launch
  if (uid === undefined || gid === undefined || uid <= 0 || gid <= 0) {
    throw new CoatcheckError('request_invalid', {
      field: 'launch.uid',
      reason: 'the broker runs as root: name another user',
    })
  }
  return { runAs: { uid, gid } }
}
