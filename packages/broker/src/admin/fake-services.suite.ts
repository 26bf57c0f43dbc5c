import {
  type ActivityRow,
  type AuditEvent,
  type BrokerStatus,
  CoatcheckError,
  type Page,
  type RuleList,
  type Scope,
} from '@coatcheck/contract'
import { MemoryProjectStore } from '../access/memory-project-store.suite.ts'
import { Projects } from '../access/projects.ts'
import { TokenAccess } from '../access/token-access.ts'
import { type ApprovalsScene, openApprovalsScene } from '../approvals/approvals-scene.suite.ts'
import type { ActivityFilter, AuditIndex } from '../audit/audit-index.ts'
import type { AuditEntry, AuditLog } from '../audit/audit-log.ts'
import { systemClock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { LocalProviderService } from '../providers/local-provider-service.ts'
import { LocalProfileService } from '../sandbox/local-profile-service.ts'
import { SourceValues } from '../sources/source-values.ts'
import type { Secret } from '../vault/secret.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { NewSecret, Vault } from '../vault/vault.ts'
import { fakeCaps } from './fake-caps.suite.ts'
import { fakeDecoys } from './fake-decoys.suite.ts'
import { FakeKeys } from './fake-keys.suite.ts'
import { FakeProfiles } from './fake-profiles.suite.ts'
import { FakeProviders } from './fake-providers.suite.ts'
import { fakeRules } from './fake-rules.suite.ts'
import { MemoryGrants, MemorySandboxes } from './fake-sandboxes.suite.ts'
import { FakeTokens } from './fake-tokens.suite.ts'
import type { AdminServices } from './services.ts'

const project = 'default'

/** A vault without encryption, for tests of what stands in front of it. */
class MemoryVault implements Vault {
  state: 'unlocked' | 'locked' = 'unlocked'
  readonly #secrets = new Map<string, { secret: Secret; bytes: Buffer }>()

  create(input: NewSecret, value: SecretValue): Secret {
    this.#demandKeys()
    if (this.#secrets.has(input.name)) throw new CoatcheckError('secret_exists', { name: input.name })
    if (value.length < 16 && !input.weak) throw new CoatcheckError('secret_weak')
    const at = new Date().toISOString()
    const secret = { ...input, id: newIdentifier('sec'), version: 1, createdAt: at, rotatedAt: at }
    return this.#keep(secret, value)
  }

  rotate(_project: string, name: string, value: SecretValue, stagedSeconds?: number): Secret {
    this.#demandKeys()
    const { staged: _, ...secret } = this.get(project, name)
    const until = new Date(Date.now() + (stagedSeconds ?? 0) * 1000).toISOString()
    const staged = { previous: secret.version, previousRotatedAt: secret.rotatedAt, until }
    const after = { ...secret, version: secret.version + 1, rotatedAt: new Date().toISOString() }
    return this.#keep(stagedSeconds === undefined ? after : { ...after, staged }, value)
  }

  renew({ name }: Secret, value: SecretValue): Secret {
    return this.rotate(project, name, value)
  }

  rescope(
    _project: string,
    name: string,
    given: readonly Scope[] | undefined,
    proof: SecretValue | undefined,
    rules?: RuleList | null,
  ): Secret {
    const entry = this.#entry(name)
    const { rules: before, ...rest } = entry.secret
    const list = rules === undefined ? before : (rules ?? undefined)
    const scopes = given ?? rest.scopes
    const known = new Set(entry.secret.scopes.map((scope) => JSON.stringify(scope)))
    const widens = scopes.some((scope) => !known.has(JSON.stringify(scope)))
    if (widens && !proof?.use((bytes) => entry.bytes.equals(bytes))) throw new CoatcheckError('value_required')
    entry.secret = { ...rest, scopes, ...(list !== undefined && { rules: list }) }
    return entry.secret
  }

  delete(_project: string, name: string): Secret {
    const { secret } = this.#entry(name)
    this.#secrets.delete(name)
    return secret
  }

  get(_project: string, name: string): Secret {
    return this.#entry(name).secret
  }

  find(secretId: string): Secret | undefined {
    return [...this.#secrets.values()].find(({ secret }) => secret.id === secretId)?.secret
  }

  list(_project: string, limit: number, cursor: string | null): readonly Secret[] {
    const names = [...this.#secrets.keys()].sort().filter((name) => cursor === null || name > cursor)
    return names.slice(0, limit).map((name) => this.#entry(name).secret)
  }

  lastUsedAt(): string | null {
    return null
  }

  reveal(secretId: string): { version: number; value: SecretValue } {
    const entry = [...this.#secrets.values()].find(({ secret }) => secret.id === secretId)
    if (entry === undefined) throw new CoatcheckError('secret_not_found')
    return { version: entry.secret.version, value: new SecretValue(Uint8Array.from(entry.bytes)) }
  }

  verify(secretId: string): void {
    this.reveal(secretId).value[Symbol.dispose]()
  }

  lock(): void {
    this.state = 'locked'
  }

  unlock(): void {
    this.state = 'unlocked'
  }

  #keep(secret: Secret, value: SecretValue): Secret {
    this.#secrets.set(secret.name, { secret, bytes: value.use((bytes) => Buffer.from(bytes)) })
    return secret
  }

  #entry(name: string): { secret: Secret; bytes: Buffer } {
    const entry = this.#secrets.get(name)
    if (entry === undefined) throw new CoatcheckError('secret_not_found', { name })
    return entry
  }

  #demandKeys(): void {
    if (this.state === 'locked') throw new CoatcheckError('vault_locked')
  }
}

/** A journal in memory; can be told to fail as a full disk does. */
class MemoryJournal implements AuditLog, AuditIndex {
  full = false
  readonly events: AuditEvent[] = []

  append(entry: AuditEntry): Promise<void> {
    if (this.full) return Promise.reject(new CoatcheckError('audit_unavailable'))
    this.events.push({ ...entry, at: new Date().toISOString() })
    return Promise.resolve()
  }

  async ready(): Promise<void> {}

  query(filter: ActivityFilter): Page<ActivityRow> {
    const { kinds, decision, since = '', sandbox, host, limit, order } = filter
    const rows = this.#rows()
      .filter((row) => kinds === undefined || kinds.includes(row.kind))
      .filter((row) => decision === undefined || row.decision === decision)
      .filter((row) => sandbox === undefined || row.event.sandbox === sandbox)
      .filter((row) => host === undefined || row.event.host === host)
      .filter((row) => row.at >= since)
    const ordered = order === 'oldest' ? rows : rows.reverse()
    return { items: ordered.slice(0, limit), cursor: ordered.length > limit ? 'more' : null }
  }

  #rows(): ActivityRow[] {
    const rows = new Map<string, ActivityRow>()
    for (const event of this.events) {
      const [kind = '', act = ''] = event.kind.split('.')
      rows.set(event.id, {
        id: event.id,
        kind: kind === 'exchange' || kind === 'connection' ? kind : 'management',
        decision: act === 'intended' ? 'open' : act === 'refused' ? 'refused' : 'allowed',
        at: rows.get(event.id)?.at ?? event.at,
        event,
      })
    }
    return [...rows.values()]
  }
}

/** Every service of the management API, in memory, with the parts that tests look into. */
export interface FakeServices extends AdminServices {
  readonly vault: MemoryVault
  readonly auditLog: MemoryJournal
  readonly auditIndex: MemoryJournal
  readonly sandboxes: MemorySandboxes
  readonly grants: MemoryGrants
  readonly tokenStore: FakeTokens
  readonly faults: unknown[]
  readonly approvals: ApprovalsScene
  rolledBack: boolean
}

/** Services in memory. Scopes for `refused.example` do not prepare; values with a line break cannot be sent. */
export function fakeServices(): FakeServices {
  const vault = new MemoryVault()
  const journal = new MemoryJournal()
  const sandboxes = new MemorySandboxes()
  const tokenStore = new FakeTokens()
  const providers = new LocalProviderService({ store: new FakeProviders(), clock: systemClock })
  const profiles = new LocalProfileService({ store: new FakeProfiles(), vault })
  const faults: unknown[] = []
  const approvals = openApprovalsScene()
  const stored = new MemoryProjectStore()
  const projects = new Projects({ store: stored, clock: systemClock, contentsOf: () => '', clear() {} })
  const services: FakeServices = {
    project,
    of: (other) => ({ ...services, project: other }),
    projects,
    caps: fakeCaps(),
    vault,
    sandboxes,
    grants: new MemoryGrants(sandboxes),
    keys: new FakeKeys(),
    lockdown: { execute: () => Promise.resolve({ sandboxes: 1, grants: 2 }) },
    profiles,
    providers,
    decoys: fakeDecoys(providers),
    rules: fakeRules(),
    approvals,
    sources: new SourceValues({
      configured: [],
      clock: systemClock,
      keyRing: { locked: false, onLock() {}, requireUnlocked() {} },
      vault: () => ({ find: () => undefined, follow: () => vault.list(project, 1, null)[0]! }),
      check() {},
      onRotated: () => Promise.resolve(),
    }),
    tokens: new TokenAccess(tokenStore, systemClock, stored),
    tokenStore,
    auditLog: journal,
    auditIndex: journal,
    faults,
    rolledBack: false,
    prepareBackup: async () => ({
      size: 3,
      chunks: (async function* () {
        yield Buffer.from('abc')
      })(),
      discard() {},
    }),
    vaultControl: {
      lock: () => Promise.resolve(vault.lock()),
      unlock: () => Promise.resolve(vault.unlock()),
      async rotateKey(onProgress) {
        if (vault.state === 'locked') throw new CoatcheckError('vault_locked')
        onProgress({ done: 0, total: 2 })
        onProgress({ done: 2, total: 2 })
      },
      async changePassphrase(current) {
        if (current === undefined) throw new CoatcheckError('passphrase_required')
      },
      confirmRollback: () => {
        services.rolledBack = false
        return Promise.resolve()
      },
    },
    journal: {
      verify: (anchors = []) =>
        Promise.resolve({
          ok: true,
          records: journal.events.length,
          journals: 1,
          faults: [],
          unanchoredSince: anchors.length > 0 ? null : new Date(0).toISOString(),
        }),
      checkpoint: () =>
        Promise.resolve({
          at: new Date(0).toISOString(),
          heads: [{ journal: 'jrn_1', sequence: 1, hash: 'ab'.repeat(32) }],
          publicKey: 'PEM',
          signature: 'c2ln',
        }),
    },
    prepareScopes: (scopes) => {
      if (scopes.some(({ to }) => to === 'refused.example'))
        throw new CoatcheckError('scope_invalid', { to: 'refused' })
      const check = (value: SecretValue): void => {
        if (value.use((bytes) => bytes.includes(10))) throw new CoatcheckError('secret_unusable')
      }
      const demandStageable = (): void => {
        if (scopes.some(({ inject }) => inject.kind === 'oauth2')) throw new CoatcheckError('request_invalid')
      }
      return { scopes, check, demandStageable }
    },
    status: (): BrokerStatus => ({
      version: '0.1.0',
      vault: services.rolledBack ? 'rolled-back' : vault.state,
      secrets: vault.list(project, 1000, null).length,
      sandboxes: 0,
      journal: journal.full ? 'failing' : 'ok',
      startedAt: new Date(0).toISOString(),
      faults: faults.length,
      listeners: 'ok',
      doors: [],
    }),
    checkUp: () => ({ clock: 'ok', secrets: [], leftovers: [], upstreamProxy: null }),
    explain: async ({ sandbox, method }) => {
      if (sandbox !== 'known') throw new CoatcheckError('sandbox_not_found')
      const found = { id: 'sbx_1', name: sandbox, status: 'active' } as const
      const nothing = {
        destination: null,
        path: null,
        network: null,
        grants: [],
        rules: [],
        caps: [],
        dial: null,
        notes: [],
      }
      return { sandbox: found, method, ...nothing, verdict: { outcome: 'answered' } }
    },
    reach: {
      of(whose) {
        if ('key' in whose) throw new CoatcheckError('key_not_found')
        if ('profile' in whose) throw new CoatcheckError('profile_not_found')
        if (whose.sandbox !== 'known') throw new CoatcheckError('sandbox_not_found')
        const found = { id: 'sbx_1', name: whose.sandbox, profile: 'locked' }
        return { sandbox: found, grants: [], bare: [], tunnels: [], denied: [], summary: ['Nothing leaves it.'] }
      },
      receipt: () => Promise.reject(new CoatcheckError('sandbox_not_found')),
    },
    metrics: () => Promise.resolve('# no metrics\n'),
    reportFault: (_instance, error) => void faults.push(error),
  }
  return services
}
