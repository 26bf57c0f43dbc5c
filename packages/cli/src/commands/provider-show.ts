import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { providerLines } from '../provider-lines.ts'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

/** `coatcheck provider show` */
export function providerShowCommand(session: Session): Command {
  return new Command('show')
    .description('show where a secret of this provider may go, and how')
    .addHelpText('after', exampleLines('provider show stripe'))
    .argument('<id>', 'as provider list shows it')
    .action((id: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const provider = await withNameHint(client, 'provider', id, () => client.providers.get(id))
        output.show(provider, () => providerLines(provider))
      }),
    )
}
