import { Command } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** `coatcheck secret list` */
export function secretListCommand(session: Session): Command {
  return new Command('list')
    .description('list secrets, without their values')
    .addHelpText('after', exampleLines('secret list', 'secret list --json'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const secrets = await allItems((query) => client.secrets.list(query))
        output.show(secrets, () => {
          if (secrets.length === 0) return ['No secrets yet. Store one with coatcheck secret create.']
          const rows = secrets.map(({ name, provider, version, scopes, lastUsedAt, rotationDue }) => [
            name,
            provider ?? '',
            String(version),
            [...new Set(scopes.map(({ to }) => to))].join(' '),
            lastUsedAt ?? 'never',
            rotationDue ?? '',
          ])
          return tableLines(['NAME', 'PROVIDER', 'VERSION', 'HOSTS', 'LAST USED', 'ROTATION DUE'], rows)
        })
      }),
    )
}
