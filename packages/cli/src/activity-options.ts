import type { ActivityQuery, ActivityRow } from '@coatcheck/contract'
import type { ActivityList } from '@coatcheck/sdk'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { activityLine } from './activity-line.ts'
import { parseSince } from './parse-duration.ts'
import type { Session } from './session.ts'
import { untilStopped } from './until-stopped.ts'

/** Options that choose rows of the journal. */
export interface ActivityOptions {
  readonly follow?: boolean
  readonly limit: number
  readonly sandbox?: string
  readonly host?: string
  readonly decision?: 'allowed' | 'refused' | 'open'
  readonly status?: number
  readonly since?: string
}

/** Adds the options that choose rows of the journal to a command. */
export function addActivityOptions(command: Command, session: Session): Command {
  return command
    .option('-f, --follow', 'go on as they come')
    .option('--sandbox <id>', 'of one sandbox')
    .option('--host <host>', 'to one host')
    .addOption(new Option('--decision <decision>', 'by outcome').choices(['allowed', 'refused', 'open']))
    .option('--status <code>', 'by status', parseNumber(100, 599))
    .option('--since <time>', 'from an instant (RFC 3339) or a time ago: 30m, 8h', (text) =>
      parseSince(text, session.surroundings.now()),
    )
    .option('--limit <count>', 'how many at most', parseNumber(1, 1000), 50)
}

/** The rows of a list that fit, the oldest first. */
export async function latestRows(list: ActivityList, query: ActivityQuery): Promise<readonly ActivityRow[]> {
  const { items } = await list.list(query)
  return items.toReversed()
}

/** Prints rows as they are recorded, until the person stops it or the reader of our output goes away. */
export async function followRows(
  list: ActivityList,
  query: ActivityQuery,
  session: Session,
  self: Command,
): Promise<void> {
  const output = session.output(self)
  await untilStopped(session, async (signal) => {
    for await (const row of list.follow(query, signal)) output.show(row, () => [activityLine(row)])
  })
}

function parseNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (Number.isInteger(number) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`Write a number from ${least} to ${most}.`)
  }
}
