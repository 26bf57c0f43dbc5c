import type { Outcome, Tried } from './try-ways.ts'

const begin = '<!-- table -->'
const end = '<!-- end of table -->'

/** A page with the table put in the place of the one before. @throws Error where it has none */
export function withTable(page: string, tried: readonly Tried[]): string {
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (before === undefined || after === undefined) throw new Error('the page has no place for the table')
  return `${before}${begin}\n\n${tableOf(tried)}\n${end}${after}`
}

function tableOf(tried: readonly Tried[]): string {
  const rows = tried.map(({ client, fenced, proxy, gateway }) => [
    client.client,
    client.version,
    cell(fenced),
    cell(proxy),
    gateway === undefined ? '–' : cell(gateway, client.byBaseUrl === true ? 'variable' : 'program'),
    noteOf({ client, fenced, proxy, gateway }),
  ])
  const head = ['client', 'version', 'fenced', 'proxy', 'gateway', 'note']
  const lines = [head, head.map(() => '---'), ...rows]
  return lines.map((line) => `| ${line.join(' | ')} |\n`).join('')
}

function cell(outcome: Outcome, worked = 'yes'): string {
  if ('worked' in outcome) return worked
  return 'failed' in outcome ? '**no**' : '–'
}

function noteOf({ client, ...outcomes }: Tried): string {
  const skipped = Object.values(outcomes).flatMap((outcome) =>
    outcome !== undefined && 'skipped' in outcome ? [outcome.skipped] : [],
  )
  return [...new Set([...(client.note === undefined ? [] : [client.note]), ...skipped])].join('; ')
}
