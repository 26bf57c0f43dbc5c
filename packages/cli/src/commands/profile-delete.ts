import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

/** `coatcheck profile delete` */
export function profileDeleteCommand(session: Session): Command {
  return new Command('delete')
    .description('forget a profile of your own; sandboxes that were made from it stay as they are')
    .addHelpText('after', exampleLines('profile delete checkout'))
    .argument('<name>', 'as profile list shows it')
    .action((name: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        await withNameHint(client, 'profile', name, () => client.profiles.delete(name))
        output.show({ deleted: name }, () => [
          `${name} is forgotten. Sandboxes that were made from it stay as they are.`,
        ])
      }),
    )
}
