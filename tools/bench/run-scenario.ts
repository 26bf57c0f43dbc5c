import type { OpenGround } from './ground.ts'
import { Loader } from './load/loader.ts'
import { divideCores } from './measure/cores.ts'
import { type Launched, launch } from './measure/launch.ts'
import { pinned } from './measure/pinned.ts'
import type { PeerName, PreparedPeer } from './peers/peer.ts'
import type { Figures, Scenario, Sizes, Stage } from './scenarios/scenario.ts'

/** What a scenario measured of one peer. */
export interface Row {
  readonly peer: PeerName
  /** One entry for each round, in order. */
  readonly rounds: readonly Figures[]
  /** Why the row says nothing; absent where it is good. */
  readonly voidReason?: string
}

/** What is needed to run scenarios. */
export interface RunContext {
  readonly ground: OpenGround
  /** Those that are installed; an error where one could not be prepared. */
  readonly peers: ReadonlyMap<PeerName, PreparedPeer | Error>
  readonly rounds: number
  readonly sizes: Sizes
  /** Ends what is under way. */
  readonly signal: AbortSignal
  /** Says how far it is. */
  progress(text: string): void
}

interface Entrant {
  readonly peer: PeerName
  /** Absent where it could not be started. */
  readonly stage?: Stage
  readonly rounds: Figures[]
  voidReason?: string
}

/** Measures the peers of one scenario in turn, round by round. A peer that fails voids its own row only. */
export async function runScenario(scenario: Scenario, context: RunContext): Promise<readonly Row[]> {
  const { ground, progress, signal } = context
  const rounds = Math.min(context.rounds, scenario.maxRounds ?? context.rounds)
  const cores = divideCores(scenario.cores)
  await using things = new AsyncDisposableStack()
  things.use(await ground.startOrigin(cores.loader))
  const loader = things.use(new Loader(cores.loader))
  const stop = (): void => loader[Symbol.dispose]()
  signal.addEventListener('abort', stop)
  things.defer(() => signal.removeEventListener('abort', stop))
  const entrants: Entrant[] = []
  for (const peer of scenario.peers) {
    const prepared = context.peers.get(peer)
    if (prepared === undefined) continue
    signal.throwIfAborted()
    entrants.push(await enter(scenario, context, { peer, prepared, loader, core: cores.peer, things }))
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const entrant of entrants.filter(({ voidReason }) => voidReason === undefined)) {
      progress(`${scenario.name}, round ${round + 1} of ${rounds}: ${entrant.peer}`)
      await attempt(entrant, signal, async (stage) => {
        if (round === 0) await scenario.warmUp?.(stage)
        entrant.rounds.push(await scenario.measure(stage))
      })
    }
  }
  return entrants.map(({ peer, rounds: measured, voidReason }) => ({
    peer,
    rounds: measured,
    ...(voidReason !== undefined && { voidReason }),
  }))
}

interface Entrance {
  readonly peer: PeerName
  readonly prepared: PreparedPeer | Error
  readonly loader: Loader
  readonly core: number | undefined
  /** Takes what was started. */
  readonly things: AsyncDisposableStack
}

async function enter(scenario: Scenario, context: RunContext, entrance: Entrance): Promise<Entrant> {
  const { peer, prepared, loader, core, things } = entrance
  const { sizes, signal, progress } = context
  const start = async (): Promise<Launched> => {
    if (prepared instanceof Error) throw prepared
    if (prepared.start === undefined) throw new Error(`${peer} is no program`)
    return launch(pinned(prepared.start.command, core), prepared.start.port)
  }
  try {
    if (prepared instanceof Error) throw prepared
    const { route, ruledRoutes } = prepared
    const rules = ruledRoutes && { ruledRoutes }
    const stage = { loader, key: peer, route, pid: loader.pid, sizes, start, ...rules }
    if (prepared.start === undefined || scenario.startsPeers === true) return { peer, stage, rounds: [] }
    progress(`${scenario.name}: starting ${peer}`)
    const { pid } = things.use(await start())
    return { peer, stage: { ...stage, pid }, rounds: [] }
  } catch (error) {
    signal.throwIfAborted()
    return { peer, rounds: [], voidReason: messageOf(error) }
  }
}

async function attempt(entrant: Entrant, signal: AbortSignal, act: (stage: Stage) => Promise<void>): Promise<void> {
  const { stage } = entrant
  if (stage === undefined) return
  try {
    await act(stage)
  } catch (error) {
    signal.throwIfAborted()
    entrant.voidReason = messageOf(error)
    // Its connections must not go on while others are measured.
    await stage.loader.close(stage.key).catch(() => undefined)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
