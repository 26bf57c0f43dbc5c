import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

/** `coatcheck provider delete` */
export function providerDeleteCommand(session: Session): Command {
  return new Command('delete')
    .description('forget a provider of your own; secrets that were made from it keep their scopes')
    .addHelpText('after', exampleLines('provider delete acme'))
    .argument('<id>', 'as provider list shows it')
    .action((id: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        await withNameHint(client, 'provider', id, () => client.providers.delete(id))
        output.show({ deleted: id }, () => [`${id} is forgotten. Secrets that were made from it keep their scopes.`])
      }),
    )
}
