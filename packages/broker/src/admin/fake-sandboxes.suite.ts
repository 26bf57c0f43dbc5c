import {
  type AttachedGrant,
  CoatcheckError,
  type CreatedSandbox,
  type GrantAttach,
  type GrantView,
  type ListedGrant,
  type ReissuedToken,
  type SandboxConnection,
  type SandboxCreate,
  type SandboxUpdate,
  type SandboxView,
} from '@coatcheck/contract'
import { presentActor } from '../audit/acting.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { GrantSelection, GrantService } from '../sandbox/grant-service.ts'
import type { SandboxService } from '../sandbox/sandbox-service.ts'

const project = 'default'

/** Sandboxes that are only rows. */
export class MemorySandboxes implements SandboxService {
  readonly leases: string[] = []
  readonly #views = new Map<string, SandboxView>()
  readonly #ends = new Map<string, PromiseWithResolvers<void>>()

  create(_project: string, input: SandboxCreate): Promise<CreatedSandbox> {
    const env = Object.keys({ ...input.secrets, ...input.credentials })
    const view: SandboxView = {
      id: newIdentifier('sbx'),
      name: input.name ?? 'sandbox',
      profile: input.profile ?? 'dev',
      status: 'active',
      fence: input.launch === undefined ? 'none' : 'kernel',
      allow: (input.network?.allow ?? []).map((rule) => (typeof rule === 'string' ? { to: rule } : rule)),
      deny: input.network?.deny ?? [],
      from: [],
      labels: input.labels ?? {},
      grants: env.map((name) => ({ id: newIdentifier('grt'), env: name, secret: null, to: [], expiresAt: null })),
      createdBy: presentActor() ?? 'owner',
      createdAt: new Date().toISOString(),
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
      endedAt: null,
    }
    this.#views.set(view.id, view)
    this.#ends.set(view.id, Promise.withResolvers())
    const placeholders = Object.fromEntries(env.map((name) => [name, `placeholder_${name}`]))
    return Promise.resolve({ ...view, token: 'token', connect: { env: placeholders, ca: 'PEM' } })
  }

  get(_project: string, id: string): SandboxView {
    const view = this.#views.get(id)
    if (view === undefined) throw new CoatcheckError('sandbox_not_found')
    return view
  }

  list(_project: string, limit: number, cursor: string | null): readonly SandboxView[] {
    const newest = [...this.#views.values()].reverse()
    const from = cursor === null ? 0 : newest.findIndex(({ id }) => id === cursor) + 1
    return newest.slice(from, from + limit)
  }

  end(_project: string, id: string): Promise<void> {
    this.#views.set(id, { ...this.get(project, id), status: 'ended', endedAt: new Date().toISOString() })
    this.#ends.get(id)?.resolve()
    return Promise.resolve()
  }

  update(_project: string, id: string, { name, labels }: SandboxUpdate): Promise<SandboxView> {
    const view = this.get(project, id)
    return Promise.resolve(this.#put({ ...view, name: name ?? view.name, labels: labels ?? view.labels }))
  }

  renew(_project: string, id: string, ttlSeconds: number): Promise<SandboxView> {
    const expiresAt = new Date(Date.now() + ttlSeconds * 1000).toISOString()
    return Promise.resolve(this.#put({ ...this.get(project, id), expiresAt }))
  }

  connect(_project: string, id: string): Promise<SandboxConnection> {
    const { grants } = this.get(project, id)
    const env = Object.fromEntries(grants.map((grant) => [grant.env, `placeholder_${grant.env}`]))
    return Promise.resolve({ env, ca: 'PEM' })
  }

  async reissueToken(_project: string, id: string): Promise<ReissuedToken> {
    return { token: 'another token', connect: await this.connect(project, id) }
  }

  /** Gives a sandbox other grants. */
  setGrants(id: string, grants: SandboxView['grants']): void {
    this.#put({ ...this.get(project, id), grants })
  }

  leaseTaken(id: string): void {
    this.leases.push(id)
  }

  ended(id: string): Promise<void> {
    return this.#ends.get(id)?.promise ?? Promise.resolve()
  }

  #put(view: SandboxView): SandboxView {
    this.#views.set(view.id, view)
    return view
  }
}

/** Grants that are only rows. */
export class MemoryGrants implements GrantService {
  /** Secrets whose grants were ended together. */
  readonly endedSecrets: string[] = []
  readonly #sandboxes: MemorySandboxes

  constructor(sandboxes: MemorySandboxes) {
    this.#sandboxes = sandboxes
  }

  attach(_project: string, id: string, env: string, { secret }: GrantAttach): Promise<AttachedGrant> {
    const grant = { id: newIdentifier('grt'), env, secret: secret ?? null, to: [], expiresAt: null }
    const others = this.#grantsOf(id).filter((each) => each.env !== env)
    this.#sandboxes.setGrants(id, [...others, grant])
    const placeholder = `placeholder_${env}`
    return Promise.resolve({ grant, placeholder, env: { [env]: placeholder } })
  }

  async detach(_project: string, id: string, env: string): Promise<void> {
    await this.#remove(id, (grant) => grant.env === env)
  }

  get(_project: string, grantId: string): ListedGrant {
    const holder = this.list(project, { limit: 1000, cursor: null }).find(({ id }) => id === grantId)
    if (holder === undefined) throw new CoatcheckError('grant_not_found')
    return holder
  }

  async end(_project: string, grantId: string): Promise<void> {
    const holder = this.get(project, grantId)
    await this.#remove(holder.sandbox, ({ id }) => id === grantId)
  }

  endGrantsOf(secretId: string): Promise<number> {
    this.endedSecrets.push(secretId)
    return Promise.resolve(0)
  }

  list(_project: string, { secret, sandbox, limit, cursor }: GrantSelection): readonly ListedGrant[] {
    const all = this.#sandboxes
      .list(project, 1000, null)
      .flatMap(({ id, createdAt, grants }) => grants.map((grant) => ({ ...grant, sandbox: id, createdAt })))
      .filter((grant) => secret === undefined || grant.secret === secret)
      .filter((grant) => sandbox === undefined || grant.sandbox === sandbox)
    const from = cursor === null ? 0 : all.findIndex(({ id }) => id === cursor) + 1
    return all.slice(from, from + limit)
  }

  holdersOf(_project: string, secret: string, limit: number, cursor: string | null) {
    return this.list(project, { secret, limit, cursor }).map(({ sandbox, id }) => ({ sandbox, grant: id }))
  }

  #grantsOf(id: string): readonly GrantView[] {
    return this.#sandboxes.get(project, id).grants
  }

  async #remove(id: string, matches: (grant: GrantView) => boolean): Promise<void> {
    const left = this.#grantsOf(id).filter((grant) => !matches(grant))
    if (left.length === this.#grantsOf(id).length) throw new CoatcheckError('grant_not_found')
    this.#sandboxes.setGrants(id, left)
  }
}
