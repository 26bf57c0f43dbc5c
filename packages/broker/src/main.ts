import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { type BrokerStatus, CoatcheckError } from '@coatcheck/contract'
import type { Gateway, GatewaySpec } from '@coatcheck/launchers'
import { createAdminApp } from './admin/app.ts'
import { listenOnSocket } from './admin/listen.ts'
import type { AdminServices } from './admin/services.ts'
import { DenialLimiter } from './audit/denial-limiter.ts'
import { Journal } from './audit/journal.ts'
import { openJournalInspector } from './audit/journal-inspector.ts'
import { type Home, homePaths } from './config/home.ts'
import { prepareHome } from './config/prepare-home.ts'
import type { BrokerSettings } from './config/settings.ts'
import { checkScopes } from './egress/check-scopes.ts'
import type { PipelineServices } from './egress/pipeline.ts'
import { RouteTable } from './egress/route-table.ts'
import { GatewayWayOut } from './egress/transparent/gateway-way-out.ts'
import type { Clock } from './foundation/clock.ts'
import { LocalSandboxService } from './sandbox/local-sandbox-service.ts'
import { SqliteAuditIndex } from './storage/sqlite/audit-index.ts'
import { openStorage, type Storage } from './storage/sqlite/open-storage.ts'
import { DirectUpstream } from './upstream/direct-upstream.ts'
import { type Resolver, systemResolver } from './upstream/resolver.ts'
import { createKeyFile } from './vault/create-key-file.ts'
import { EphemeralSecrets } from './vault/ephemeral-secrets.ts'
import { FileKeyProvider } from './vault/file-key-provider.ts'
import { KeyRing } from './vault/key-ring.ts'
import { LocalVault } from './vault/local-vault.ts'
import { FileLockMarker } from './vault/lock-marker.ts'
import { version } from './version.ts'

/** The project of everything, until there are tenants. */
const project = 'default'

/** What a broker is started with. */
export interface BrokerOptions {
  readonly home: Home
  /** Where the management API listens. */
  readonly socketPath: string
  /** Takes an unexpected error to the broker's own log, under the id that the client was given. */
  readonly reportFault: (instance: string, error: unknown) => void
  /** Nothing beyond the Unix socket when absent. */
  readonly settings?: BrokerSettings
  readonly openGateway: (spec: GatewaySpec) => Promise<Gateway>
  /** The machine's own when absent. */
  readonly clock?: Clock
  /** The machine's own when absent. */
  readonly resolver?: Resolver
}

/** A running broker. */
export interface Broker {
  readonly socketPath: string
  /** Ends every sandbox, closes every door, and writes what waits. */
  stop(): Promise<void>
}

/**
 * Puts the rooms together and opens the doors.
 * @throws CoatcheckError `home_unusable` | `home_in_use` | `key_unusable` | `storage_unavailable` | `audit_unavailable`
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  prepareHome(options.home)
  const keyRing = openKeyRing(options.home)
  const storage = openHomeStorage(options, keyRing)
  const { services, sandboxes, close } = assemble(options, keyRing, storage)
  try {
    if (!keyRing.locked) await settleOrphans(sandboxes)
    const door = await listenOnSocket(createAdminApp(services), options.socketPath)
    return {
      socketPath: door.socketPath,
      async stop() {
        await door.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** A database that is refused stays so for each use; that must not keep the operator from the API that says why. */
async function settleOrphans(sandboxes: LocalSandboxService): Promise<void> {
  try {
    await sandboxes.endOrphans(project)
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error
  }
}

function openKeyRing(home: Home): KeyRing {
  const { keyFile } = homePaths(home)
  const place = { databaseDirectory: home.data }
  if (!existsSync(keyFile)) createKeyFile(keyFile, place)
  return new KeyRing(new FileKeyProvider(keyFile, place), new FileLockMarker(join(home.keys, 'locked')))
}

function openHomeStorage({ home, clock }: BrokerOptions, keyRing: KeyRing): Storage {
  const { database, highWater } = homePaths(home)
  return openStorage({
    databasePath: database,
    highWaterPath: highWater,
    keyRing,
    ...(clock === undefined ? {} : { clock }),
  })
}

function assemble(options: BrokerOptions, keyRing: KeyRing, storage: Storage) {
  const { audit: directory, checkpointKey } = homePaths(options.home)
  const { clock, revision } = storage
  const journal = new Journal({ directory, nodeId: hostname(), clock })
  const inspector = openJournalInspector({ directory, journal, keyFile: checkpointKey, clock })
  const audit = new DenialLimiter(journal, clock)
  const auditIndex = new SqliteAuditIndex(directory)

  const vault = new LocalVault({ store: storage.secrets, keyRing, clock })
  const ephemeral = new EphemeralSecrets(keyRing)
  const routes = new RouteTable({ ephemeral, keyRing, revision, sandboxes: storage.sandboxes, vault })
  const pipeline: PipelineServices = {
    audit,
    clock,
    ephemeral,
    lookup: (text) => storage.sandboxes.findGrantByPlaceholder(keyRing.indexPlaceholder(text)),
    revision,
    routes,
    upstream: new DirectUpstream({ resolver: options.resolver ?? systemResolver }),
    vault,
  }
  const wayOut = new GatewayWayOut(pipeline, options.openGateway)
  const sandboxes = new LocalSandboxService({
    audit,
    clock,
    ephemeral,
    keyRing,
    store: storage.sandboxes,
    vault,
    wayOut,
  })
  const startedAt = clock.now().toISOString()
  const services: AdminServices = {
    project,
    vault,
    vaultControl: {
      async lock() {
        vault.lock()
        wayOut.endInjected()
      },
      async unlock() {
        vault.unlock()
      },
      async confirmRollback() {
        storage.confirmRollback()
        clock.confirm()
      },
    },
    sandboxes,
    auditLog: audit,
    auditIndex,
    journal: inspector,
    prepareScopes: checkScopes,
    status: () => ({ version, startedAt, journal: journal.state, ...describeVault(vault, sandboxes, storage) }),
    reportFault: options.reportFault,
  }
  return {
    services,
    sandboxes,
    async close() {
      await sandboxes.endAll('the broker stops')
      await audit.close()
      await inspector.close()
      await journal.close()
      auditIndex.close()
      storage.close()
    },
  }
}

/** What a status counts to at most. */
const countLimit = 1_000

function describeVault(
  vault: LocalVault,
  sandboxes: LocalSandboxService,
  { revision }: Storage,
): Pick<BrokerStatus, 'vault' | 'secrets' | 'sandboxes'> {
  try {
    const secrets = vault.list(project, countLimit, null).length
    const active = sandboxes.list(project, countLimit, null).filter(({ status }) => status === 'active').length
    if (vault.state === 'unlocked') revision.current()
    return { vault: vault.state, secrets, sandboxes: active }
  } catch (error) {
    const rolledBack = error instanceof CoatcheckError && error.code === 'state_rolled_back'
    return { vault: rolledBack ? 'rolled-back' : 'locked', secrets: 0, sandboxes: 0 }
  }
}
