import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { type ObservedOptions, observedRequests } from '../observed-requests.ts'
import { parseSince } from '../parse-duration.ts'
import type { Session } from '../session.ts'

interface Tried {
  readonly says: string
  readonly method: string
  readonly host: string
  readonly path: string
  readonly count: number
}

/** `coatcheck policy tried` */
export function policyTriedCommand(session: Session): Command {
  return new Command('tried')
    .description('show what lists with `dryRun: true` would have refused or asked')
    .option('--sandbox <id>', 'of one sandbox')
    .option('--since <time>', 'from an instant (RFC 3339) or a time ago: 30m, 8h', (text) =>
      parseSince(text, session.surroundings.now()),
    )
    .addHelpText('after', exampleLines('policy tried --since 8h'))
    .action((options: Partial<ObservedOptions>, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const found = new Map<string, Tried>()
        for (const { host, method, note, path } of await observedRequests(client, options)) {
          const [, says] = /dry run: (.*?)(?:, approved: [^,]*)?$/.exec(note ?? '') ?? []
          if (says === undefined) continue
          const key = JSON.stringify([says, method, host, path])
          found.set(key, { says, method, host, path, count: (found.get(key)?.count ?? 0) + 1 })
        }
        const tried = [...found.values()]
        output.show(tried, () =>
          tried.length === 0
            ? ['Nothing: no list is tried, or it would have let everything through.']
            : tried.map(({ count, host, method, path, says }) => `${count} x ${method} ${host}${path}: ${says}`),
        )
      }),
    )
}
