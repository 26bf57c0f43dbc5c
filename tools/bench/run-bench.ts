import { openGround } from './ground.ts'
import { findProgram } from './measure/find-program.ts'
import type { BenchOptions } from './options.ts'
import type { PeerName, PreparedPeer } from './peers/peer.ts'
import { programVersion } from './peers/program-version.ts'
import { peers } from './peers/registry.ts'
import { judgeGoals } from './report/goals.ts'
import { describeMachine, presentLoad } from './report/machine.ts'
import type { PeerEntry, Results, ScenarioResults } from './report/results.ts'
import { runScenario } from './run-scenario.ts'

/** Runs the bench. Whatever it started has ended and whatever it wrote is gone when this settles. */
export async function runBench(
  options: BenchOptions,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<Results> {
  const startedAt = new Date().toISOString()
  const loads = [presentLoad()]
  using ground = await openGround(options.product)
  const entries: PeerEntry[] = []
  const prepared = new Map<PeerName, PreparedPeer | Error>()
  for (const { name, title, version: findVersion, prepare } of peers) {
    if (!options.peers.includes(name) || signal.aborted) continue
    progress(`preparing ${name}`)
    const version = await findVersion(ground)
    entries.push({ name, title, version: version ?? null })
    if (version !== undefined) prepared.set(name, await prepare(ground).catch(asError))
  }
  const scenarios: ScenarioResults[] = []
  const { rounds, sizes } = options
  try {
    for (const scenario of options.scenarios) {
      signal.throwIfAborted()
      const rows = await runScenario(scenario, { ground, peers: prepared, rounds, sizes, signal, progress })
      loads.push(presentLoad())
      scenarios.push({ name: scenario.name, title: scenario.title, unit: scenario.unit, rows })
    }
  } catch (error) {
    // What was measured before the interruption is good.
    if (!signal.aborted) throw error
  }
  const product = prepared.has('own') ? 'own' : 'reference'
  return {
    startedAt,
    isComplete: !signal.aborted,
    machine: describeMachine(loads),
    origin: await describeOrigin(),
    rounds,
    product,
    peers: entries,
    scenarios,
    goals: judgeGoals(scenarios, product),
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}

async function describeOrigin(): Promise<string> {
  if (findProgram('nginx') === undefined) return 'of the bench, on Node'
  const version = await programVersion('nginx', ['-v'], /nginx\/([\d.]+)/)
  return `nginx ${version}; of the bench, on Node, for uploads and events`
}
