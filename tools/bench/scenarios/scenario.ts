import type { Loader } from '../load/loader.ts'
import type { Route } from '../load/route.ts'
import type { Launched } from '../measure/launch.ts'
import type { PeerName, PreparedPeer } from '../peers/peer.ts'

/** What one round of one peer measured. Each scenario has some of these. */
export interface Figures {
  /** Processor time of the peer for one request, event, tunnel or mebibyte; of the loader where there is no peer. */
  readonly cpuUs?: number
  /** The same for an exchange that differs in nothing but that no secret is on it. */
  readonly bareCpuUs?: number
  /** The same for a sandbox whose grants have no rules. */
  readonly unruledCpuUs?: number
  /** Time of one decision: of rules over many grants, as many in one list, with conditions on bodies, with expressions. */
  readonly rulesP50Us?: number
  readonly rulesP99Us?: number
  readonly listP50Us?: number
  readonly listP99Us?: number
  readonly bodyP50Us?: number
  readonly bodyP99Us?: number
  readonly whenP50Us?: number
  readonly whenP99Us?: number
  /** Time of one as the client sees it. */
  readonly p50Us?: number
  readonly p99Us?: number
  readonly perSecond?: number
  readonly megabytesPerSecond?: number
  /** Share of the handshakes that resumed a session. */
  readonly resumedShare?: number
  /** Memory for each tunnel, in kilobytes of 1,000 bytes. */
  readonly kilobytes?: number
  /** Memory before, in the same unit. */
  readonly baseKilobytes?: number
  /** From the start of the program until it listens. */
  readonly startMs?: number
}

/** The name of a figure. */
export type FigureName = keyof Figures

/** How much is measured. */
export interface Sizes {
  /** Length of one measurement. */
  readonly measureMs: number
  /** Small requests before the first one; other scenarios take their share of it. */
  readonly warmUpRequests: number
  /** No warm-up is longer. */
  readonly warmUpMs: number
  /** Connections that are opened and left open, few and many. */
  readonly idleTunnels: readonly [few: number, many: number]
}

/** Where a peer is measured. */
export interface Stage {
  readonly loader: Loader
  /** Of this peer at the loader. */
  readonly key: string
  readonly route: Route
  /** Of the peer, or of the loader where there is none in the middle. */
  readonly pid: number
  readonly sizes: Sizes
  readonly ruledRoutes?: PreparedPeer['ruledRoutes']
  /** Starts another process of the peer, where the scenario starts them itself. */
  start(): Promise<Launched>
}

/** One thing that is measured, for several peers in turn. */
export interface Scenario {
  readonly name: string
  /** For people. */
  readonly title: string
  /** What one is of which processor time is told. */
  readonly unit: string
  /** Whether peer and loader have a processor each; latency is comparable only on one. */
  readonly cores: 'apart' | 'together'
  readonly peers: readonly PeerName[]
  /** Most rounds that make sense. */
  readonly maxRounds?: number
  /** Set where the scenario starts the peers itself. */
  readonly startsPeers?: boolean
  /** Before the first round. */
  warmUp?(stage: Stage): Promise<void>
  /** One round. @throws Error when an answer was wrong, which voids the row */
  measure(stage: Stage): Promise<Figures>
}

/** Everyone who can stand in the middle, and nobody. */
export const everyPeer: readonly PeerName[] = [
  'direct',
  'own',
  'reference',
  'nginx',
  'haproxy',
  'caddy',
  'squid',
  'mitmproxy',
]
