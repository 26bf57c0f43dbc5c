import { Command } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** `coatcheck token list` */
export function tokenListCommand(session: Session): Command {
  return new Command('list')
    .description('list tokens, without their texts')
    .addHelpText('after', exampleLines('token list'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const tokens = await allItems((query) => client.tokens.list(query))
        output.show(tokens, () => {
          if (tokens.length === 0) return ['No tokens yet. Create one with coatcheck token create.']
          const rows = tokens.map(({ id, name, role, member, expiresAt, lastUsedAt }) => [
            id,
            name,
            role,
            member ?? '-',
            expiresAt,
            lastUsedAt ?? 'never',
          ])
          return tableLines(['ID', 'NAME', 'ROLE', 'MEMBER', 'EXPIRES', 'LAST USED'], rows)
        })
      }),
    )
}
