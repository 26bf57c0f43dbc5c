import type { Amount, ExchangeName, LoadResult } from '../load/job.ts'
import type { Route } from '../load/route.ts'
import { checkedRun } from './checked-run.ts'
import type { Stage } from './scenario.ts'

/** One of two loads that differ in one thing. */
export interface Side {
  /** At the loader; the first side has the name of the peer, and is closed with it when something is wrong. */
  readonly key: string
  readonly route: Route
  readonly exchange: ExchangeName
  readonly connections: number
}

/** Turns of each side in one round: the noise of the machine meets both alike. */
const turns = 4

/** Runs one side by itself. @throws Error when an answer was wrong */
export async function runSide(
  { loader, pid }: Stage,
  { key, ...job }: Side,
  amount: Amount,
): Promise<LoadResult & { readonly cpuSeconds: number }> {
  await loader.prepare(key, { kind: 'requests', ...job })
  return checkedRun({ loader, key, pid }, amount)
}

/** Lets sides take turns, each for as long as one measurement. @returns the processor time of the peer for one unit of each, in microseconds */
export async function takeTurns(
  stage: Stage,
  sides: readonly Side[],
  unitsOf: (result: LoadResult) => number,
): Promise<readonly number[]> {
  const sums = sides.map((side) => ({ side, cpuSeconds: 0, units: 0 }))
  const durationMs = stage.sizes.measureMs / turns
  for (let turn = 0; turn < turns; turn += 1) {
    // Neither is always the one that comes first.
    for (const sum of turn % 2 === 0 ? sums : sums.toReversed()) {
      const result = await runSide(stage, sum.side, { durationMs })
      sum.cpuSeconds += result.cpuSeconds
      sum.units += unitsOf(result)
    }
  }
  return sums.map(({ cpuSeconds, units }) => (cpuSeconds * 1e6) / units)
}
