import type { ActivityQuery } from '@coatcheck/contract'
import type { ActivityList, CoatcheckClient } from '@coatcheck/sdk'
import { Command, InvalidArgumentError, Option } from 'commander'
import { activityLine } from '../activity-line.ts'
import { parseSince } from '../parse-duration.ts'
import type { Session } from '../session.ts'

const examples = `
Examples:
  $ coatcheck logs --decision refused --since 1h
  $ coatcheck logs -f --host api.stripe.com`

interface LogsOptions {
  readonly follow?: boolean
  readonly kind: 'all' | 'requests' | 'connections'
  readonly limit: number
  readonly sandbox?: string
  readonly secret?: string
  readonly host?: string
  readonly decision?: 'allowed' | 'refused' | 'open'
  readonly status?: number
  readonly since?: string
}

/** `coatcheck logs`: what sandboxes did, and what operators changed. */
export function logsCommand(session: Session): Command {
  return new Command('logs')
    .description('show requests, connections and management actions, the newest last')
    .option('-f, --follow', 'go on as they come')
    .addOption(new Option('--kind <kind>', 'which ones').choices(['all', 'requests', 'connections']).default('all'))
    .option('--sandbox <id>', 'of one sandbox')
    .option('--secret <name>', 'that carried a secret')
    .option('--host <host>', 'to one host')
    .addOption(new Option('--decision <decision>', 'by outcome').choices(['allowed', 'refused', 'open']))
    .option('--status <code>', 'by status', parseNumber(100, 599))
    .option('--since <time>', 'from an instant (RFC 3339) or a time ago: 30m, 8h', (text) =>
      parseSince(text, session.surroundings.now()),
    )
    .option('--limit <count>', 'how many at most', parseNumber(1, 1000), 50)
    .addHelpText('after', examples)
    .action((options: LogsOptions, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const { follow, kind, limit, ...query } = options
        const list = listOf(client, kind)
        if (follow) return followList(list, query, session, self)
        const { items } = await list.list({ ...query, limit })
        const rows = items.toReversed()
        output.show(rows, () => rows.map(activityLine))
      }),
    )
}

async function followList(list: ActivityList, query: ActivityQuery, session: Session, self: Command): Promise<void> {
  const output = session.output(self)
  const stop = new AbortController()
  // Ctrl-C is how following ends; it is no failure.
  const end = (): void => stop.abort()
  process.once('SIGINT', end)
  process.once('SIGTERM', end)
  session.surroundings.stdout.once('error', end)
  for await (const row of list.follow(query, stop.signal)) output.show(row, () => [activityLine(row)])
  process.off('SIGINT', end)
  process.off('SIGTERM', end)
}

function listOf({ audit, requests, connections }: CoatcheckClient, kind: LogsOptions['kind']): ActivityList {
  if (kind === 'requests') return requests
  return kind === 'connections' ? connections : audit
}

function parseNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (Number.isInteger(number) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`Write a number from ${least} to ${most}.`)
  }
}
