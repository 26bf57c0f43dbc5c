import { mock, type TestContext } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import type { AuditEntry } from '../../audit/audit-log.ts'
import type { Clock } from '../../foundation/clock.ts'
import { LocalProviderService } from '../../providers/local-provider-service.ts'
import { LocalProfileService } from '../../sandbox/local-profile-service.ts'
import { openSandboxes } from '../../sandbox/open-sandboxes.ts'
import type { OpenedWay } from '../../sandbox/way-out.ts'
import { EphemeralSecrets } from '../../vault/ephemeral-secrets.ts'
import { SecretValue } from '../../vault/secret-value.ts'
import { createInstallation, type InstallationFolder } from './installation.suite.ts'

/** The project of everything in these tests. */
export const project = 'default'

/** What a room is made with. */
export interface RoomOptions {
  /** Where the database lies; a folder of its own when absent. */
  readonly folder?: InstallationFolder
  readonly clock?: Clock
  readonly leaseGraceSeconds?: number
  open?(): Promise<OpenedWay>
}

/** The services of sandboxes over a real database, whose way out only counts, and whose journal can fail. */
export function makeRoom(context: TestContext, options: RoomOptions = {}) {
  const { open = async () => ({ ca: 'PEM', closed: new Promise<void>(() => {}) }), leaseGraceSeconds, clock } = options
  const { keyRing, storage, vault } = (options.folder ?? createInstallation(context)).open(clock)
  const ephemeral = new EphemeralSecrets(keyRing)
  const entries: AuditEntry[] = []
  const closed: string[] = []
  const endedGrants: string[] = []
  const compared: string[] = []
  const append = mock.fn(async (entry: AuditEntry) => void entries.push(entry))
  const profiles = new LocalProfileService({ store: storage.profiles, vault })
  const room = openSandboxes({
    audit: { append },
    clock: storage.clock,
    ephemeral,
    keyRing,
    profiles,
    providers: new LocalProviderService({ store: storage.providers, clock: storage.clock }),
    store: storage.sandboxes,
    vault,
    wayOut: {
      open,
      urls: (_sandbox, token) => ({ proxyUrl: `http://${token ?? 'nobody'}@localhost` }),
      caOf: async () => 'PEM of an earlier process',
      close: async (id) => void closed.push(id),
      endGrants: (ids) => void endedGrants.push(...ids),
      endDenied: (id) => void compared.push(id),
      endOpen: (id) => void closed.push(id),
      endInjected: () => {},
      onReopened: () => {},
    },
    writesOfOthers: storage.writesOfOthers,
    ...(leaseGraceSeconds === undefined ? {} : { leaseGraceSeconds }),
  })
  context.after(() => room.housekeeping.stop())
  const store = (name: string, to = 'api.example.com', rotationDays: number | null = null) => {
    const scopes: Scope[] = [{ to, inject: { kind: 'bearer' } }]
    const value = new SecretValue(Buffer.from('a-value-of-enough-bytes'))
    return vault.create({ project, name, provider: null, shape: null, scopes, rotationDays, weak: false }, value)
  }
  const kinds = () => entries.map(({ kind }) => kind)
  const secret = vault.list(project, 10, null).find(({ name }) => name === 'api') ?? store('api')
  return {
    ...room,
    profiles,
    storage,
    vault,
    ephemeral,
    entries,
    kinds,
    append,
    closed,
    endedGrants,
    compared,
    store,
    secret,
    keyRing,
  }
}
