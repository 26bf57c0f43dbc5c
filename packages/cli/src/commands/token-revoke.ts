import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import type { Session } from '../session.ts'

/** `coatcheck token revoke` */
export function tokenRevokeCommand(session: Session): Command {
  return new Command('revoke')
    .description('refuse a token from now on, and end its open streams')
    .addHelpText('after', exampleLines('token revoke tok_4k9x'))
    .argument('<id>', 'as the list shows it')
    .action((id: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        await client.tokens.revoke(id)
        output.show({ id, revoked: true }, () => [`${id} is revoked.`])
      }),
    )
}
