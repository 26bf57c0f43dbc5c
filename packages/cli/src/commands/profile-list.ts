import { Command } from 'commander'
import { allItems } from '../all-items.ts'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { tableLines } from '../table.ts'

/** `coatcheck profile list` */
export function profileListCommand(session: Session): Command {
  return new Command('list')
    .description('list profiles, built in and of your own')
    .addHelpText('after', exampleLines('profile list'))
    .action((_options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const found = await allItems((query) => client.profiles.list(query))
        const rows = found.map(({ description, name, origin, secrets }) => [
          name,
          origin === 'own' ? 'own' : '',
          Object.keys(secrets).join(' '),
          description,
        ])
        output.show(found, () => tableLines(['NAME', 'ORIGIN', 'SECRETS', 'DESCRIPTION'], rows))
      }),
    )
}
