import { randomBytes } from 'node:crypto'
import {
  CoatcheckError,
  type CreatedSandbox,
  type GatewayConnection,
  type LockdownReport,
  type ReissuedToken,
  type SandboxConnection,
  type SandboxCreate,
  type SandboxUpdate,
  type SandboxView,
} from '@coatcheck/contract'
import { lockedProfile } from '../policy/profile.ts'
import { constrainedSandbox } from './authority-names.ts'
import { baseUrlsOf } from './base-urls-of.ts'
import { demandAlive, demandFound } from './demand-alive.ts'
import { demandDoor } from './demand-door.ts'
import { demandPorts } from './demand-ports.ts'
import { describeSandbox, hashOfToken, identityOf, updatedSandbox } from './describe-sandbox.ts'
import { type Grant, placeholderContext } from './grant.ts'
import { grantVariables } from './grant-variables.ts'
import { issueGrants } from './issue-grants.ts'
import type { GrantServiceParts, LocalGrantService } from './local-grant-service.ts'
import type { ProfileDirectory } from './profile-service.ts'
import type { Sandbox } from './sandbox.ts'
import { after, grantExpiry, renewedExpiry } from './sandbox-lifetime.ts'
import type { SandboxService } from './sandbox-service.ts'
import type { Ended } from './sandbox-store.ts'
import { viewSandbox } from './view-sandbox.ts'
import type { OpenedWay } from './way-out.ts'
import { withProfile } from './with-profile.ts'

/** How long a launched sandbox waits for whoever asked for it to take its lease. */
const leaseGraceSeconds = 60

/** What the service works with. */
export interface SandboxServiceParts extends GrantServiceParts {
  readonly grants: LocalGrantService
  readonly profiles: ProfileDirectory
  /** A minute when absent. */
  readonly leaseGraceSeconds?: number
}

type SandboxUrls = Pick<SandboxConnection, 'proxyUrl' | 'socksUrl' | 'gatewayUrl' | 'baseUrls'>

/** The sandboxes of this broker process. */
export class LocalSandboxService implements SandboxService {
  readonly #parts: SandboxServiceParts

  constructor(parts: SandboxServiceParts) {
    this.#parts = parts
    parts.live.onExpiry({
      sandboxExpired: (id) => void this.endHeld(id, 'expired').catch(ignoreExpected),
      leaseMissed: (id) => void this.endHeld(id, 'nobody took its lease').catch(ignoreExpected),
      grantExpired: (grant) => void parts.grants.expire(grant).catch(ignoreExpected),
    })
  }

  async create(project: string, asked: SandboxCreate): Promise<CreatedSandbox> {
    const { clock, connections, live, profiles, records, store, wayOut } = this.#parts
    const token = newToken()
    const profile = profiles.get(project, asked.profile ?? lockedProfile.name)
    const input = withProfile(asked, profile)
    const described = describeSandbox(project, input, profile, token, clock.now())
    const identity = identityOf(input)
    if (input.target !== undefined) demandDoor(input, wayOut.urls(described, token))
    const { grants: issued, destinations } = issueGrants(described, input, this.#parts)
    try {
      const sandbox = constrainedSandbox(described, input, destinations)
      const grants = (await connections?.openPorts(sandbox, issued)) ?? issued
      // SECURITY: rules and grants are there before anything could ask for them.
      this.#parts.caps?.set({ project, on: 'sandbox', owner: sandbox.id }, input.caps ?? [])
      store.create(sandbox, grants)
      const way = await wayOut.open(sandbox, input.launch === undefined ? undefined : identity)
      live.add({ sandbox, grants, way, ...identity })
      this.#watch(sandbox, way)
      if (input.launch !== undefined && input.launch.detached !== true) this.#awaitLease(sandbox.id)
      await records.sandboxChanged('sandbox.created', sandbox, { grants: grants.map(({ id }) => id) })
      const env = this.#variables(sandbox, grants)
      const connect = { ...describeWay(way, identity), ...this.#urls(sandbox, grants, token), env }
      return { ...this.#view(sandbox, grants), token, connect }
    } catch (error) {
      this.#endRows([described.id])
      await this.#close(described.id, issued)
      throw error
    }
  }

  get(project: string, id: string): SandboxView {
    return this.#view(this.#find(project, id), this.#parts.store.grantsOf(id))
  }

  list(project: string, limit: number, cursor: string | null): readonly SandboxView[] {
    const { store } = this.#parts
    return store
      .list(project, limit, cursor, 'sandbox')
      .map((sandbox) => this.#view(sandbox, store.grantsOf(sandbox.id)))
  }

  async update(project: string, id: string, input: SandboxUpdate): Promise<SandboxView> {
    const { live, records, store, wayOut } = this.#parts
    const change = (sandbox: Sandbox): Sandbox => updatedSandbox(this.#demandAlive(sandbox), input)
    // What cannot be read, or would never work, leaves everything as it is.
    const planned = change(this.#find(project, id))
    if (input.network?.allow !== undefined) {
      demandPorts(
        planned,
        live.get(id),
        planned.allow.map(({ to }) => to),
      )
    }
    await records.sandboxChanged('sandbox.changed', planned, { note: Object.keys(input).join(' ') })
    const { sandbox } = store.amend(id, (current) => ({ sandbox: change(current), grants: [] }))
    live.setSandbox(sandbox)
    wayOut.endDenied(id)
    return this.#view(sandbox, store.grantsOf(id))
  }

  async renew(project: string, id: string, ttlSeconds: number): Promise<SandboxView> {
    const { clock, ephemeral, live, records, store, vault } = this.#parts
    const renewed = (sandbox: Sandbox): Sandbox => {
      const expiresAt = renewedExpiry(this.#demandAlive(sandbox), ttlSeconds, clock.now())
      return { ...sandbox, expiresAt }
    }
    const planned = renewed(this.#find(project, id))
    await records.sandboxChanged('sandbox.renewed', planned, { note: `until ${planned.expiresAt}` })
    const held = store.grantsOf(id).filter(({ endedAt }) => endedAt === null)
    const secrets = new Map(
      held.map((grant) => [grant.secretId, (grant.ephemeral ? ephemeral : vault).find(grant.secretId)]),
    )
    const { sandbox, grants } = store.amend(id, (current, living) => {
      const changed = renewed(current)
      // One that was attached in this moment has its time already.
      const extended = living
        .filter(({ secretId }) => secrets.has(secretId))
        .map((grant) => ({
          ...grant,
          expiresAt: grantExpiry(changed, secrets.get(grant.secretId), grant.ownExpiresAt),
        }))
      return { sandbox: changed, grants: extended }
    })
    live.setSandbox(sandbox)
    for (const grant of grants) live.setGrant(grant)
    return this.#view(sandbox, store.grantsOf(id))
  }

  async connect(project: string, id: string, token?: string): Promise<SandboxConnection> {
    return this.#connection(this.#demandAlive(this.#find(project, id)), token ?? null)
  }

  async reissueToken(project: string, id: string): Promise<ReissuedToken> {
    const { live, records, store, wayOut } = this.#parts
    const before = this.#demandAlive(this.#find(project, id))
    const token = newToken()
    // Whatever keeps it from being joined shows now, while the token before is still good.
    const connect = await this.#connection(before, token)
    await records.sandboxChanged('sandbox.changed', before, { note: 'token' })
    const { sandbox } = store.amend(id, (current) => ({
      sandbox: { ...this.#demandAlive(current), tokenHash: hashOfToken(token), boundTo: null },
      grants: [],
    }))
    live.setSandbox(sandbox)
    // SECURITY: whoever came in by the token before is out, also in a tunnel where nobody would ask again.
    wayOut.endOpen(id)
    return { token, connect }
  }

  async #connection(sandbox: Sandbox, token: string | null): Promise<SandboxConnection> {
    const { live, store, wayOut } = this.#parts
    const { id } = sandbox
    const held = live.get(id)
    if (sandbox.fence === 'kernel' && held?.way === undefined) throw new CoatcheckError('sandbox_held_elsewhere')
    const way = held?.way ?? { ca: await wayOut.caOf(sandbox) }
    const now = this.#now()
    const usable = store
      .grantsOf(id)
      .filter(({ endedAt, expiresAt }) => endedAt === null && (expiresAt === null || expiresAt > now))
    const identity = held?.runAs === undefined ? {} : { runAs: held.runAs }
    return {
      ...describeWay(way, identity),
      ...this.#urls(sandbox, usable, token),
      env: this.#variables(sandbox, usable),
    }
  }

  #variables(sandbox: Sandbox, usable: readonly Grant[]): Readonly<Record<string, string>> {
    const { connections, ephemeral, keyRing, vault } = this.#parts
    const granted = usable.map((grant) => ({
      grant,
      placeholder: keyRing.openPlaceholder(grant.placeholderSealed, placeholderContext(grant)),
      scopes: (grant.ephemeral ? ephemeral : vault).find(grant.secretId)?.scopes ?? [],
    }))
    return grantVariables(sandbox, granted, connections)
  }

  async end(project: string, id: string, reason: string): Promise<void> {
    const sandbox = this.#find(project, id)
    if (sandbox.endedAt === null) await this.endTogether([sandbox], reason)
  }

  leaseTaken(id: string): void {
    this.#parts.live.leaseTaken(id)
  }

  async ended(id: string): Promise<void> {
    await this.#parts.live.get(id)?.ended
  }

  /** Ends a sandbox that this process holds, if it still does. */
  async endHeld(id: string, reason: string): Promise<void> {
    const held = this.#parts.live.get(id)
    if (held !== undefined) await this.endTogether([held.sandbox], reason)
  }

  /**
   * Ends sandboxes at once: first the rows of all, in one step, then what is live of them, whatever fails on the way.
   * @returns how many were alive, and how many grants they had
   * @throws CoatcheckError of the store, or `audit_unavailable`, after what is live has ended
   */
  async endTogether(sandboxes: readonly Sandbox[], reason: string): Promise<LockdownReport> {
    const { live, records } = this.#parts
    const held = sandboxes.filter(({ id }) => live.get(id) !== undefined).map(({ id }) => id)
    const { ended, failure } = this.#endRows(sandboxes.map(({ id }) => id))
    await Promise.all(sandboxes.map(({ id }) => this.#close(id, ended.grants)))
    const alive = failure === undefined ? ended.sandboxes : held
    for (const sandbox of sandboxes.filter(({ id }) => alive.includes(id))) await records.sandboxEnded(sandbox, reason)
    if (failure !== undefined) throw failure
    return { sandboxes: ended.sandboxes.length, grants: ended.grants.length }
  }

  /**
   * Lets go of every sandbox before this process ends. Launched ones end with it; registered ones go on without what lived
   * in its memory.
   */
  async endAll(reason: string): Promise<void> {
    const { ephemeral, live, wayOut } = this.#parts
    const fenced = live.all().filter(({ sandbox }) => sandbox.fence === 'kernel')
    await this.endTogether(
      fenced.map(({ sandbox }) => sandbox),
      reason,
    ).catch(ignoreExpected)
    for (const { sandbox, grants } of live.all()) {
      const lost = [...grants.values()].filter((grant) => ephemeral.find(grant.secretId) !== undefined)
      for (const { secretId } of lost) await this.#parts.grants.endGrantsOf(secretId, reason).catch(ignoreExpected)
      const held = live.take(sandbox.id)
      await wayOut.close(sandbox.id)
      held?.over()
    }
  }

  #urls(sandbox: Sandbox, grants: readonly Grant[], token: string | null): SandboxUrls {
    const urls = this.#parts.wayOut.urls(sandbox, token)
    const { gatewayUrl } = urls
    if (gatewayUrl === undefined) return urls
    return { ...urls, baseUrls: baseUrlsOf({ project: sandbox.project, grants, gatewayUrl }, this.#parts) }
  }

  #watch(sandbox: Sandbox, { closed }: OpenedWay): void {
    void closed.then(() => this.endHeld(sandbox.id, 'its gateway is gone')).catch(ignoreExpected)
  }

  #awaitLease(id: string): void {
    const { clock, live } = this.#parts
    live.setLeaseDeadline(id, after(clock.now(), this.#parts.leaseGraceSeconds ?? leaseGraceSeconds))
  }

  /** SECURITY: the rows first, so that no request is let through while the connections are being closed. */
  #endRows(ids: readonly string[]): { readonly ended: Ended; readonly failure?: CoatcheckError } {
    try {
      return { ended: this.#parts.store.end(ids, this.#now()) }
    } catch (error) {
      // A locked vault cannot write rows; what is in this process ends all the same, and the rows expire.
      if (!(error instanceof CoatcheckError)) throw error
      return { ended: { sandboxes: [], grants: [] }, failure: error }
    }
  }

  /** Wipes what lived with a sandbox, and closes its way out. */
  async #close(id: string, ended: readonly Grant[]): Promise<void> {
    const { ephemeral, live, wayOut } = this.#parts
    const held = live.take(id)
    const grants = [...(held?.grants.values() ?? []), ...ended.filter(({ sandboxId }) => sandboxId === id)]
    ephemeral.drop(grants.filter((grant) => grant.ephemeral).map(({ secretId }) => secretId))
    await wayOut.close(id)
    held?.over()
  }

  #find(project: string, id: string): Sandbox {
    return demandFound(this.#parts.store.find(id), project)
  }

  #demandAlive(sandbox: Sandbox): Sandbox {
    return demandAlive(sandbox, this.#parts.clock.now())
  }

  #view(sandbox: Sandbox, grants: readonly Grant[]): SandboxView {
    return viewSandbox(sandbox, grants, this.#parts)
  }

  #now(): string {
    return this.#parts.clock.now().toISOString()
  }
}

function newToken(): string {
  return randomBytes(32).toString('base64url')
}

function describeWay(
  { ca, gateway }: Pick<OpenedWay, 'ca' | 'gateway'>,
  identity: Pick<GatewayConnection, 'runAs'>,
): Pick<SandboxConnection, 'ca' | 'gateway'> {
  if (gateway === undefined) return { ca }
  return { ca, gateway: { pid: gateway.pid, resolverAddress: gateway.resolverAddress, ...identity } }
}

/** What has ended stays ended when the journal is failing or the vault is locked, and nobody is there to be told. */
function ignoreExpected(error: unknown): void {
  if (!(error instanceof CoatcheckError)) throw error
}
