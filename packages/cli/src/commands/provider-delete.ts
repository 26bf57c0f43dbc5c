import { Command } from 'commander'
import type { Session } from '../session.ts'
import { withProviderHint } from '../with-provider-hint.ts'

/** `coatcheck provider delete` */
export function providerDeleteCommand(session: Session): Command {
  return new Command('delete')
    .description('forget a provider of your own; secrets that were made from it keep their scopes')
    .argument('<id>')
    .action((id: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        await withProviderHint(client, id, () => client.providers.delete(id))
        output.show({ deleted: id }, () => [`${id} is forgotten. Secrets that were made from it keep their scopes.`])
      }),
    )
}
