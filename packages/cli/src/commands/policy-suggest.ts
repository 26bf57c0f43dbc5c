import { Command, InvalidArgumentError } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { type ObservedOptions, observedRequests } from '../observed-requests.ts'
import { parseSince } from '../parse-duration.ts'
import type { Session } from '../session.ts'

/** `coatcheck policy suggest` */
export function policySuggestCommand(session: Session): Command {
  return new Command('suggest')
    .description('write the narrowest rule list that lets through what a sandbox did')
    .requiredOption('--sandbox <id>', 'whose requests')
    .option('--since <time>', 'from an instant (RFC 3339) or a time ago: 30m, 8h', (text) =>
      parseSince(text, session.surroundings.now()),
    )
    .option('--merge <count>', 'put a star for a segment in which so many paths differ; 2 or more', readCount)
    .addHelpText('after', exampleLines('policy suggest --sandbox sbx_… --merge 5 > rules.yaml'))
    .action(({ merge, ...options }: ObservedOptions & { readonly merge?: number }, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const { suggestRules } = await import('@coatcheck/broker/offline-policy')
        const seen = await observedRequests(client, options)
        const allowed = seen.filter(({ decision, isAnswered }) => decision === 'allowed' && !isAnswered)
        const { rules, left } = suggestRules(allowed, merge)
        output.show(rules, () => [
          `default: ${rules.default}`,
          ...(rules.rules.length === 0 ? ['rules: []'] : ['rules:']),
          ...rules.rules.map((rule) => `  - ${JSON.stringify(rule)}`),
        ])
        if (left > 0) output.note(`${left} requests have paths that no pattern can say, and are left out`, { left })
      }),
    )
}

function readCount(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 2) throw new InvalidArgumentError('must be 2 or more')
  return count
}
