import { pairedRatio } from '../measure/statistics.ts'
import type { Row } from '../run-scenario.ts'
import type { Results } from './results.ts'

/** Most processor time of the own plane for a small request, as a share of the reference plane’s. */
const ratioGate = 0.5

/** What makes a run a failure: void rows of ours, and with `short` a ratio of our planes that is over its gate. */
export function complaints({ scenarios }: Results, short: boolean): readonly string[] {
  const ours = ['direct', 'own', 'reference']
  const voids = scenarios.flatMap(({ name, rows }) =>
    rows
      .filter(({ peer, voidReason }) => ours.includes(peer) && voidReason !== undefined)
      .map(({ peer, voidReason }) => `${name}, ${peer}: ${voidReason}`),
  )
  if (!short) return voids
  const rows = scenarios.find(({ name }) => name === 'small')?.rows ?? []
  const ratio = pairedRatio(cpuOf(rows, 'own'), cpuOf(rows, 'reference'))
  if (ratio === undefined || ratio <= ratioGate) return voids
  return [
    ...voids,
    `the own plane needs ${ratio.toFixed(2)} of the processor time of the reference plane, over ${ratioGate}`,
  ]
}

function cpuOf(rows: readonly Row[], peer: Row['peer']): readonly (number | undefined)[] {
  return rows.find((row) => row.peer === peer)?.rounds.map(({ cpuUs }) => cpuUs) ?? []
}
