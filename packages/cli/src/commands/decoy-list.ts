import { Command } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** `coatcheck decoy list` */
export function decoyListCommand(session: Session): Command {
  return new Command('list')
    .description('list decoys, and when each was last used')
    .addHelpText('after', exampleLines('decoy list', 'logs --decision refused'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const decoys = await allItems((query) => client.decoys.list(query))
        output.show(decoys, () => {
          if (decoys.length === 0) return ['No decoys yet. Make one with coatcheck decoy create.']
          const rows = decoys.map(({ id, name, provider, createdAt, lastSeenAt }) => [
            id,
            name,
            provider ?? '-',
            createdAt,
            lastSeenAt ?? 'never',
          ])
          return tableLines(['ID', 'NAME', 'LOOKS LIKE', 'CREATED', 'LAST SEEN'], rows)
        })
      }),
    )
}
