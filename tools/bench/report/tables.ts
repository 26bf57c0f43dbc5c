import { median, pairedRatio } from '../measure/statistics.ts'
import type { Row } from '../run-scenario.ts'
import type { FigureName } from '../scenarios/scenario.ts'
import { isBusy } from './machine.ts'
import type { GoalResult, Results, ScenarioResults } from './results.ts'
import { textTable } from './text-table.ts'

interface Column {
  readonly figure: FigureName
  readonly title: (unit: string) => string
  readonly digits: number
  /** Which round is the one that neighbours disturbed least. */
  readonly best: 'least' | 'most'
}

const columns: readonly Column[] = [
  { figure: 'cpuUs', title: (unit) => `CPU µs/${unit}`, digits: 1, best: 'least' },
  { figure: 'bareCpuUs', title: () => 'no secret', digits: 1, best: 'least' },
  { figure: 'unruledCpuUs', title: () => 'no rules', digits: 1, best: 'least' },
  { figure: 'rulesP50Us', title: () => 'p50 µs', digits: 1, best: 'least' },
  { figure: 'rulesP99Us', title: () => 'p99', digits: 1, best: 'least' },
  { figure: 'listP50Us', title: () => 'one list', digits: 1, best: 'least' },
  { figure: 'listP99Us', title: () => 'p99', digits: 1, best: 'least' },
  { figure: 'bodyP50Us', title: () => 'body', digits: 1, best: 'least' },
  { figure: 'bodyP99Us', title: () => 'p99', digits: 1, best: 'least' },
  { figure: 'whenP50Us', title: () => 'when', digits: 1, best: 'least' },
  { figure: 'whenP99Us', title: () => 'p99', digits: 1, best: 'least' },
  { figure: 'p50Us', title: () => 'p50 µs', digits: 0, best: 'least' },
  { figure: 'p99Us', title: () => 'p99 µs', digits: 0, best: 'least' },
  { figure: 'perSecond', title: () => 'per s', digits: 0, best: 'most' },
  { figure: 'megabytesPerSecond', title: () => 'MB/s', digits: 0, best: 'most' },
  { figure: 'resumedShare', title: () => 'resumed', digits: 2, best: 'most' },
  { figure: 'kilobytes', title: (unit) => `KB/${unit}`, digits: 1, best: 'least' },
  { figure: 'baseKilobytes', title: () => 'KB before', digits: 0, best: 'least' },
  { figure: 'startMs', title: () => 'ms', digits: 0, best: 'least' },
]
/** Figures by which peers are compared, the first that a scenario has. */
const leading: readonly FigureName[] = ['cpuUs', 'kilobytes', 'startMs']

/** The whole report for people. */
export function reportText(results: Results): string {
  const { machine, origin, peers, rounds, scenarios, startedAt } = results
  const loads = machine.loads.map((load) => load.toFixed(1)).join(' ')
  return [
    `${startedAt} · ${machine.processor}, ${machine.cores} cores · Linux ${machine.kernel} · Node ${machine.node}`,
    `load average ${loads} · origin ${origin} · ${rounds} rounds`,
    peers.map(({ title, version }) => `${title} ${version ?? '(not installed)'}`.trim()).join(' · '),
    ...scenarios.map((scenario) => scenarioText(scenario, results)),
    goalsText(results),
  ].join('\n\n')
}

function scenarioText({ title, unit, rows }: ScenarioResults, results: Results): string {
  const isHidden = (figure: FigureName): boolean => isBusy(results.machine) && /p99Us$/i.test(figure)
  const present = columns.filter(
    ({ figure }) => !isHidden(figure) && rows.some(({ rounds }) => rounds[0]?.[figure] !== undefined),
  )
  const ruler = leading.find((figure) => present.some((column) => column.figure === figure))
  const nginx = rows.find(({ peer }) => peer === 'nginx')
  const head = ['', ...present.flatMap((column) => [column.title(unit), 'median']), '× nginx']
  const lines = rows.map((row) => {
    const name = results.peers.find(({ name }) => name === row.peer)?.title ?? row.peer
    if (row.voidReason !== undefined) return [name, `void: ${row.voidReason.trim().split('\n').at(-1)?.slice(-200)}`]
    const cells = present.flatMap((column) => figureCells(row, column))
    return [name, ...cells, ruler === undefined || row.peer === 'direct' ? '' : ratioCell(row, nginx, ruler)]
  })
  return `${title} (best round, median)\n${textTable([head, ...lines])}`
}

function figureCells({ rounds }: Row, { figure, digits, best }: Column): readonly [string, string] {
  const values = rounds.map((round) => round[figure]).filter((value) => value !== undefined)
  const middle = median(values)
  if (middle === undefined) return ['', '']
  const extreme = best === 'least' ? Math.min(...values) : Math.max(...values)
  return [extreme.toFixed(digits), middle.toFixed(digits)]
}

function ratioCell(row: Row, other: Row | undefined, figure: FigureName): string {
  if (other === undefined || other.voidReason !== undefined) return ''
  const list = ({ rounds }: Row) => rounds.map((round) => round[figure])
  return pairedRatio(list(row), list(other))?.toFixed(2) ?? ''
}

function goalsText({ goals, product }: Results): string {
  const whose = product === 'own' ? '' : ' (of the reference plane, there being no other)'
  const write = (value: number, unit: string) => `${Number(value.toPrecision(3))}${unit}`
  const line = ({ what, unit, gate, aim, value, reached }: GoalResult) => [
    what,
    value === null ? '' : write(value, unit),
    `≤ ${write(gate, unit)}`,
    `≤ ${write(aim, unit)}`,
    reached,
  ]
  return `Goals${whose}\n${textTable([['', 'now', 'gate', 'aim', 'reached'], ...goals.map(line)])}`
}
