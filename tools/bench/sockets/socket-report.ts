import { median, pairedRatio } from '../measure/statistics.ts'
import { textTable } from '../report/text-table.ts'
import type { SocketResults, SocketRow, SocketTable } from './socket-results.ts'

/** The whole report for people. */
export function socketReport({ goals, machine, rounds, seconds, startedAt, tables, versions }: SocketResults): string {
  const loads = machine.loads.map((load) => load.toFixed(1)).join(' ')
  const goalLines = goals.map(({ what, gate, value, isReached }) => {
    const reached = isReached === null ? 'not measured' : isReached ? 'yes' : 'no'
    return [what, value?.toFixed(2) ?? '', String(gate), reached]
  })
  return [
    `${startedAt} · ${machine.processor}, ${machine.cores} cores · Linux ${machine.kernel} · Node ${machine.node}`,
    `load average ${loads} · ${rounds} rounds of ${seconds} s`,
    versions.join(' · '),
    ...tables.map(tableText),
    textTable([['goal', 'value', 'gate', 'reached'], ...goalLines]),
  ].join('\n\n')
}

function tableText({ title, unit, better, rows }: SocketTable): string {
  const direct = rows.find(({ contender }) => contender === 'direct')
  const head = ['', unit, 'median', 'CPU µs', '÷ direct']
  const lines = rows.map((row) => {
    if (row.voidReason !== undefined) return [row.contender, `void: ${row.voidReason}`]
    const values = row.rounds.map(({ value }) => value)
    const best = better === 'more' ? Math.max(...values) : Math.min(...values)
    const cpu = median(row.rounds.flatMap(({ cpuUs }) => (cpuUs === undefined ? [] : [cpuUs])))
    return [row.contender, figure(best), figure(median(values)), cpu?.toFixed(1) ?? '', ratio(row, direct)]
  })
  return `${title} (best round, median)\n${textTable([head, ...lines])}`
}

function figure(value: number | undefined): string {
  return value === undefined ? '' : value.toFixed(value < 1000 ? 1 : 0)
}

function ratio(row: SocketRow, direct: SocketRow | undefined): string {
  if (direct === undefined || direct === row || direct.voidReason !== undefined) return ''
  const list = ({ rounds }: SocketRow) => rounds.map(({ value }) => value)
  return pairedRatio(list(row), list(direct))?.toFixed(2) ?? ''
}
