import { hostname } from 'node:os'
import { type DoorStatus, installationProject } from '@coatcheck/contract'
import { TokenAccess } from './access/token-access.ts'
import { lateAdmin } from './admin/late-admin.ts'
import { listenOnSocket } from './admin/listen.ts'
import { ReplyMemory } from './admin/reply-memory.ts'
import type { AdminServices } from './admin/services.ts'
import { AgentDoor } from './agent-door/agent-door.ts'
import { ActorLog } from './audit/acting.ts'
import { DenialLimiter } from './audit/denial-limiter.ts'
import { Journal } from './audit/journal.ts'
import { openJournalInspector } from './audit/journal-inspector.ts'
import { BackupMaker } from './backup/backup-maker.ts'
import type { Broker, BrokerOptions } from './broker.ts'
import { describeVault, rotationsOf } from './config/describe-vault.ts'
import { homePaths } from './config/home.ts'
import { type Listening, listenersState } from './config/listeners-state.ts'
import { loadApprovals } from './config/load-approvals.ts'
import { type LoadedSources, loadSources } from './config/load-sources.ts'
import { lookAfter } from './config/look-after.ts'
import { openApiDoor } from './config/open-api-door.ts'
import { openApprovals } from './config/open-approvals.ts'
import { openCaps } from './config/open-caps.ts'
import { type OpenedHome, openHome } from './config/open-home.ts'
import { openProjects } from './config/open-projects.ts'
import { openSourceValues } from './config/open-source-values.ts'
import { type OpenedUpstream, openUpstream } from './config/open-upstream.ts'
import { openVaultControl } from './config/open-vault-control.ts'
import { portPlaceOf } from './config/port-place-of.ts'
import { projectServices } from './config/project-services.ts'
import type { ConfiguredApprovals } from './config/read-approvals.ts'
import { readDoor } from './config/read-door.ts'
import { readHomeSettings } from './config/read-home-settings.ts'
import { withHomeSettings } from './config/with-home-settings.ts'
import { ConnectionBroker } from './connectors/connection-broker.ts'
import type { PortParts } from './connectors/port-door.ts'
import { keyFilesFrom } from './derivation/key-files-from.ts'
import { openTokenKeeper } from './derivation/open-token-keeper.ts'
import { Turns } from './derivation/turns.ts'
import { checkScopes } from './egress/check-scopes.ts'
import { ClientIdentities } from './egress/client-identities.ts'
import { CookieJars } from './egress/cookies/cookie-jars.ts'
import { Explainer } from './egress/explain/explainer.ts'
import { Reacher } from './egress/explain/reacher.ts'
import { FaultCount } from './egress/fault-count.ts'
import { fetchingFrom } from './egress/fetching-from.ts'
import { OwnPlane } from './egress/own-plane.ts'
import type { PipelineServices } from './egress/pipeline.ts'
import { referencePlane } from './egress/reference/reference-plane.ts'
import { recordedCode } from './egress/refusal.ts'
import { RouteTable } from './egress/route-table.ts'
import { Scrubbers } from './egress/scrubbers.ts'
import { WaysIn } from './egress/ways-in.ts'
import { systemClock } from './foundation/clock.ts'
import { MeteredLog } from './metrics/metered-log.ts'
import { scrapeMetrics } from './metrics/scrape-metrics.ts'
import { TrafficCounts } from './metrics/traffic-counts.ts'
import { LocalProviderService } from './providers/local-provider-service.ts'
import { RotationKeeper } from './rotation/rotation-keeper.ts'
import { DecoyService } from './sandbox/decoy-service.ts'
import { endingTunnels } from './sandbox/ending-tunnels.ts'
import { findPlaced } from './sandbox/find-placed.ts'
import { LocalProfileService } from './sandbox/local-profile-service.ts'
import { openSandboxes } from './sandbox/open-sandboxes.ts'
import type { SourceValues } from './sources/source-values.ts'
import { SqliteAuditIndex } from './storage/sqlite/audit-index.ts'
import { AuditIndexPace } from './storage/sqlite/audit-index-pace.ts'
import type { OwnEndpoint } from './upstream/address-check.ts'
import { systemResolver } from './upstream/resolver.ts'
import { EphemeralSecrets } from './vault/ephemeral-secrets.ts'
import { HeldSecrets } from './vault/held-secrets.ts'
import { LocalVault } from './vault/local-vault.ts'
import { version } from './version.ts'
import { MirroredWays } from './workers/mirrored-ways.ts'
import { checkWorkers, openWorkers } from './workers/open-workers.ts'

/**
 * Puts the rooms together and opens the doors.
 * @throws CoatcheckError `settings_invalid` | `tls_required` | `listen_failed` | `home_unusable` | `home_in_use` | `key_unusable` | `storage_unavailable` | `audit_unavailable`
 */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  // SECURITY: whoever opens a door adds its address here, so that nothing is dialled that leads back into the broker.
  const ownEndpoints: OwnEndpoint[] = []
  const settings = withHomeSettings(options.settings ?? {}, readHomeSettings(options.home))
  const way = openUpstream(settings, { ownEndpoints, resolver: options.resolver ?? systemResolver })
  // What the settings alone show to be wrong leaves the home as it is.
  const { api: apiSettings, passphraseFile, proxy: proxySettings } = settings
  const apiPlace = apiSettings && readDoor('api', apiSettings)
  const proxyPlace = proxySettings && readDoor('proxy', proxySettings)
  checkWorkers(settings)
  const { clock = systemClock, sourceVariables = {} } = options
  const sources = await loadSources(options.home, settings, { clock, sourceVariables, upstream: way.upstream })
  const approvals = await loadApprovals(options.home, way.upstream)
  const opening = openHome({ ...options, ...(passphraseFile !== undefined && { passphraseFile }) })
  const { keyRing, storage, custody } = opening
  const prepared = { ...options, ports: { ownEndpoints, portPlace: portPlaceOf(proxyPlace) } }
  const parts = assembleOrClose(prepared, opening, way, { sources, approvals })
  const { services, housekeeping, rotations, waysIn, workers, doors, listeners, replies, close } = parts
  const opened: { close(): Promise<void> }[] = []
  const stop = async (): Promise<void> => {
    for (const door of opened) await door.close()
    await close()
  }
  try {
    if (!keyRing.locked) await lookAfter(services, custody, housekeeping)
    if (options.config !== undefined && options.config.members.length > 0) {
      const { applyStartConfig } = await import('./admin/apply-start-config.ts')
      // SECURITY: before any door is open, so that nobody comes in under what held before.
      await applyStartConfig(services, options.config.members)
    }
    await rotations.start()
    const admin = lateAdmin(services)
    const door = await listenOnSocket(admin.listener({ replies }), options.socketPath)
    opened.push(door)
    listeners.push(door)
    const api = apiPlace && (await openApiDoor(apiPlace, { services, admin, clock: storage.clock, replies }))
    if (api !== undefined) {
      opened.push(api)
      listeners.push(api)
      doors.push({ name: 'api', url: api.url })
      ownEndpoints.push(api.endpoint)
    }
    const proxy = proxyPlace && (await (workers ?? waysIn).openDoor(proxyPlace, ownEndpoints))
    if (proxy !== undefined) {
      listeners.push(proxy)
      doors.push({ name: 'proxy', url: proxy.url })
      ownEndpoints.push({ address: proxy.host, port: proxy.port })
    }
    const urls = { ...(api && { apiUrl: api.url }), ...(proxy && { proxyUrl: proxy.url }) }
    // Whoever waits for the doors hears of them first.
    setImmediate(() => void admin.load())
    return { socketPath: door.socketPath, ...urls, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** What stands in files of the home. */
interface Loaded {
  readonly sources: LoadedSources
  readonly approvals: ConfiguredApprovals
}

type Prepared = BrokerOptions & { readonly ports: Omit<PortParts, 'leafFor'> }

function assembleOrClose(options: Prepared, home: OpenedHome, way: OpenedUpstream, loaded: Loaded) {
  try {
    return assemble(options, home, way, loaded)
  } catch (error) {
    home.close()
    throw error
  }
}

function assemble(options: Prepared, home: OpenedHome, way: OpenedUpstream, loaded: Loaded) {
  const { upstream, roots: extraRoots, proxyFor } = way
  const { keyRing, storage, custody } = home
  const { audit: directory, checkpointKey } = homePaths(options.home)
  const { clock, pacedRevision: revision } = storage
  const { sources, approvals: configured } = loaded
  const file = options.config === undefined ? '' : `config sha256:${options.config.sha256}`
  const summary = [way.summary, sources.summary, configured.summary, file].filter((words) => words !== '').join('; ')
  const journal = new Journal({ directory, nodeId: hostname(), clock, settings: summary })
  const inspector = openJournalInspector({ directory, journal, keyFile: checkpointKey, clock })
  const { data: scratch } = options.home
  const backups = new BackupMaker({ paths: homePaths(options.home), scratch, custody, version, now: () => clock.now() })
  const limiter = new DenialLimiter(journal, clock)
  const counts = new TrafficCounts()
  const audit = new MeteredLog(limiter, counts)
  const actorLog = new ActorLog(audit)
  const auditIndex = new SqliteAuditIndex(directory)
  const faults = new FaultCount(options.reportFault)
  const reportFault = (instance: string, error: unknown): void => faults.add(instance, error)
  const replies = new ReplyMemory(clock)
  const doors: DoorStatus[] = []
  const listeners: Listening[] = []

  const { configured: ofSources } = sources
  const sourceParts = { audit, clock, configured: ofSources, keyRing, vault: () => vault }
  const sourceValues: SourceValues = openSourceValues(sourceParts)
  const vault = new LocalVault({ store: storage.secrets, keyRing, clock, sourced: sourceValues })
  const ephemeral = new EphemeralSecrets(keyRing)
  const providers = new LocalProviderService({ store: storage.providers, clock })
  const profiles = new LocalProfileService({ store: storage.profiles, vault })
  const routes = new RouteTable({ ephemeral, keyRing, providers, revision, storage, vault })
  const caps = openCaps({ audit, clock, home: options.home, routes, storage, vault })
  const decoys = new DecoyService({ clock, keyRing, providers, store: storage.decoys })
  const lookup = (text: string) => findPlaced(text, keyRing, storage)
  const turns = new Turns(homePaths(options.home).turns)
  const tokenParts = { audit, clock, ephemeral, turns, upstream, vault }
  const tokenKeeper = openTokenKeeper(tokenParts, { keyRing, revision, storage })
  keyRing.onLock(() => tokenKeeper.forget())
  const rotations = new RotationKeeper({
    audit,
    clock,
    projects: () => projects.names(),
    revision,
    vault,
    report: reportFault,
  })
  const identities = new ClientIdentities()
  keyRing.onLock(() => identities.forget())
  const scrubbers = new Scrubbers()
  keyRing.onLock(() => scrubbers.forget())
  const cookies = new CookieJars({
    now: () => clock.now(),
    ...(options.settings?.workers !== undefined && {
      share: async (received) => workers?.pool.order('keepCookie', received),
    }),
  })
  keyRing.onLock(() => cookies.clear())
  const { sandboxes: store } = storage
  const approvals = openApprovals({
    ...{ audit, caps: caps.service, clock, configured, keyRing, providers, routes, vault, store: storage.approvals },
    attach: (...asked) => grants.attach(...asked),
  })
  const pipeline: PipelineServices = {
    approvals: approvals.desk,
    audit,
    bodyCaps: way.bodyCaps,
    ...caps.pipeline,
    clock,
    cookies,
    derived: tokenKeeper,
    ephemeral,
    faults,
    identities,
    lookup: (text) => decoys.notice(lookup(text)),
    plane: options.settings?.httpPlane === 'reference' ? referencePlane : new OwnPlane(),
    revision,
    routes,
    scrubbers,
    sources: fetchingFrom(sourceValues),
    trials: rotations,
    upstream,
    vault: new HeldSecrets(vault, revision, keyRing),
  }
  const { openGateway } = options
  const codeOf = (instance: string, error: unknown) => recordedCode(faults.refusalOf(instance, error))
  const kept = { ephemeral, extraRoots, keyRing, sandboxes: store, values: pipeline.vault, vault }
  const connections = new ConnectionBroker({
    ...{ ...pipeline, ...kept, ...options.ports, audit: actorLog, codeOf, sources: sourceValues },
    leafFor: (sandbox, host) => waysIn.ways.leafFor(sandbox, host),
  })
  const waysIn: WaysIn = new WaysIn({
    services: pipeline,
    keyRing,
    store,
    project: installationProject,
    openGateway,
    extraRoots,
    connections,
  })
  const workers =
    options.settings?.workers === undefined
      ? undefined
      : openWorkers(options.settings.workers, {
          audit: actorLog,
          counts,
          home: options.home,
          httpPlane: options.settings.httpPlane,
          pipeline,
          project: installationProject,
          routes,
          sources: sourceValues,
          store,
          way,
          waysIn,
        })
  const indexPace = new AuditIndexPace(auditIndex, () => workers?.pool.utilization() ?? 0)
  const wayOut = workers === undefined ? waysIn.ways : new MirroredWays(waysIn.ways, workers.pool)
  const explainer = new Explainer({ caps: caps.service, services: { ...pipeline, lookup, routes }, store, proxyFor })
  const { sandboxes, grants, keys, lockdown, housekeeping } = openSandboxes({
    audit: actorLog,
    caps: storage.caps,
    clock,
    connections,
    ephemeral,
    keyRing,
    profiles,
    providers,
    store,
    vault,
    wayOut,
    writesOfOthers: storage.writesOfOthers,
  })
  waysIn.leadTo(
    new AgentDoor({
      projectOf: (sandboxId) => routes.routesOf(sandboxId).sandbox.project,
      sandboxes,
      grants,
      keys,
      approvals: approvals.service,
      keyFileOf: keyFilesFrom(routes, { ephemeral, vault }),
      reportFault,
    }),
  )
  const startedAt = clock.now().toISOString()
  const tokens = new TokenAccess(storage.tokens, clock, storage.projects)
  const projects = openProjects({ clock, keys, sandboxes, storage, tokens, vault })
  // While the vault is locked, no row can be verified that says which projects there are.
  const everyProject = () => (keyRing.locked ? [installationProject] : projects.names())
  const ofProject = projectServices({
    ...{ clock, everyProject, explainer, store, vault },
    reachOf: (project) => new Reacher({ project, profiles, store, routes, clock, auditIndex, inspector, vault }),
    upstreamProxy: way.proxy,
    contentsOf: (names) => describeVault(names, vault, sandboxes, storage),
    installation: () => ({
      version,
      startedAt,
      doors,
      listeners: listenersState(listeners),
      faults: faults.total,
      journal: workers?.pool.journal === 'failing' ? 'failing' : journal.state,
      ...(workers && { workers: workers.pool.status }),
    }),
  })
  const services: AdminServices = {
    ...ofProject(installationProject),
    of: (project) => ({ ...services, ...ofProject(project) }),
    projects,
    caps: caps.service,
    vault,
    vaultControl: openVaultControl({
      ...{ custody, storage, vault },
      locked() {
        replies.clear()
        wayOut.endInjected()
      },
      async unlocked() {
        housekeeping.stop()
        await lookAfter(services, custody, housekeeping)
      },
      confirmed: async () => void (await workers?.pool.order('confirmClock', null)),
    }),
    prepareBackup: async (passphrase) => {
      if (journal.head !== undefined) await inspector.checkpoint()
      return backups.make(passphrase)
    },
    sandboxes,
    grants,
    keys,
    lockdown,
    sources: sourceValues,
    tokens,
    profiles,
    providers,
    decoys,
    rules: endingTunnels(storage.rules, store, wayOut),
    approvals,
    auditLog: actorLog,
    auditIndex,
    journal: inspector,
    prepareScopes: checkScopes,
    needsSignIn: (secret) => tokenKeeper.needsSignIn(secret),
    ...(workers && { settled: () => workers.pool.order('settle', null) }),
    async metrics() {
      await workers?.pool.collect()
      return scrapeMetrics({
        caps: await caps.counts(everyProject()),
        counts,
        status: () => services.status(),
        rotations: () => rotationsOf(everyProject(), vault, clock.now()),
        failingSources: () => sourceValues.list().filter(({ lastError }) => lastError !== null).length,
      })
    },
    reportFault,
  }
  return {
    services,
    housekeeping,
    rotations,
    waysIn,
    workers,
    doors,
    listeners,
    replies,
    async close() {
      await custody.settled()
      housekeeping.stop()
      await rotations.stop()
      approvals.desk.close()
      await sandboxes.endAll('the broker stops')
      await waysIn.close()
      await connections.close()
      await workers?.pool.stop()
      await tokenKeeper.close()
      indexPace.stop()
      await limiter.close()
      await inspector.close()
      await journal.close()
      auditIndex.close()
      backups.close()
      caps.close()
      home.close()
    },
  }
}
