import { median, pairedAddedRatio, pairedRatio } from '../measure/statistics.ts'
import type { PeerName } from '../peers/peer.ts'
import type { FigureName } from '../scenarios/scenario.ts'
import type { GoalResult, ScenarioResults } from './results.ts'

interface Goal {
  readonly what: string
  readonly unit: string
  readonly gate: number
  readonly aim: number
  value(figures: FigureSource, product: PeerName): number | undefined
}

type FigureList = readonly (number | undefined)[]
type FigureSource = (scenario: string, peer: PeerName, figure: FigureName) => FigureList

const cpu = (what: string, scenario: string, peer: PeerName, gate: number, aim: number): Goal => ({
  what: `CPU ${what}, against ${peer}`,
  unit: '×',
  gate,
  aim,
  value: (figures, product) =>
    product === peer ? undefined : pairedRatio(figures(scenario, product, 'cpuUs'), figures(scenario, peer, 'cpuUs')),
})
/** How much of the processor time is for the secret on an exchange, in percent: putting it there, and searching the reply. */
const share = (what: string, scenario: string, gate: number, aim: number): Goal => ({
  what: `CPU for a secret and its search, ${what}`,
  unit: ' %',
  gate,
  aim,
  value(figures, product) {
    const bare = pairedRatio(figures(scenario, product, 'bareCpuUs'), figures(scenario, product, 'cpuUs'))
    return bare === undefined ? undefined : 100 * (1 - bare)
  },
})
/** What rules add to a request, as a ratio of processor time. */
const ruled = (what: string, scenario: string, gate: number, aim: number): Goal => ({
  what: `CPU with 1,000 rules, ${what}, against none`,
  unit: '×',
  gate,
  aim,
  value: (figures, product) =>
    pairedRatio(figures(scenario, product, 'cpuUs'), figures(scenario, product, 'unruledCpuUs')),
})
const added = (what: string, scenario: string, gate: number, aim: number): Goal => ({
  what: `${what}, against nginx`,
  unit: '×',
  gate,
  aim,
  value: (figures, product) =>
    pairedAddedRatio(
      figures(scenario, product, 'p50Us'),
      figures(scenario, 'nginx', 'p50Us'),
      figures(scenario, 'direct', 'p50Us'),
    ),
})
const absolute = (
  what: string,
  scenario: string,
  figure: FigureName,
  scale: number,
  goal: Pick<Goal, 'unit' | 'gate' | 'aim'>,
): Goal => ({
  ...goal,
  what,
  value(figures, product) {
    const middle = median(figures(scenario, product, figure).filter((value) => value !== undefined))
    return middle === undefined ? undefined : middle * scale
  },
})

const decisionGoal = { unit: ' µs', gate: 5, aim: 2 } as const

const goals: readonly Goal[] = [
  cpu('per small request', 'small', 'nginx', 2.25, 1.5),
  cpu('per small request', 'small', 'caddy', 0.5, 0.33),
  cpu('per small request', 'small', 'squid', 0.65, 0.45),
  cpu('per small request', 'small', 'mitmproxy', 1 / 30, 1 / 50),
  cpu('per small request', 'small', 'reference', 0.5, 0.33),
  added('added p50, one core', 'latency', 1.4, 1.1),
  cpu('per MiB, 1 MiB down', 'down-1', 'nginx', 1.4, 1.1),
  cpu('per MiB, 100 MiB down', 'down-100', 'nginx', 1.4, 1.1),
  cpu('per MiB, 8 MiB up', 'up-8', 'nginx', 1.4, 1.1),
  share('small request', 'search-small', 15, 10),
  share('1 MiB of JSON', 'search-text', 25, 15),
  added('event streams, added p50', 'events', 2.5, 1.5),
  cpu('per new tunnel, full', 'tunnels-full', 'nginx', 2.5, 1.75),
  cpu('per new tunnel, resumed', 'tunnels-resumed', 'nginx', 2, 1.4),
  absolute('first-seen host, CPU of all issuing', 'first-host', 'cpuUs', 1e-3, { unit: ' ms', gate: 5, aim: 1 }),
  absolute('memory per idle tunnel, many', 'idle-many', 'kilobytes', 1, { unit: ' KB', gate: 60, aim: 40 }),
  cpu('per request, HTTP/2 front', 'h2', 'caddy', 0.8, 0.5),
  absolute('start to listening', 'start', 'startMs', 1, { unit: ' ms', gate: 400, aim: 200 }),
  absolute('decision p50, 1,000 rules over 100 grants', 'decide-rules', 'rulesP50Us', 1, decisionGoal),
  absolute('decision p50, 1,000 rules in one list', 'decide-rules', 'listP50Us', 1, decisionGoal),
  ruled('small request', 'decide-small', 1.2, 1.05),
  ruled('small request like none before', 'decide-new', 1.2, 1.05),
]

/** Compares what was measured of `product` with what it is meant to reach. */
export function judgeGoals(scenarios: readonly ScenarioResults[], product: PeerName): readonly GoalResult[] {
  const figures: FigureSource = (scenario, peer, figure) => {
    const row = scenarios.find(({ name }) => name === scenario)?.rows.find((candidate) => candidate.peer === peer)
    return row === undefined || row.voidReason !== undefined ? [] : row.rounds.map((round) => round[figure])
  }
  return goals.map(({ value: measure, ...goal }) => {
    const value = measure(figures, product)
    return { ...goal, value: value ?? null, reached: judge(value, goal) }
  })
}

function judge(value: number | undefined, { gate, aim }: Pick<Goal, 'gate' | 'aim'>): GoalResult['reached'] {
  if (value === undefined) return 'not measured'
  if (value <= aim) return 'aim'
  return value <= gate ? 'gate' : 'neither'
}
