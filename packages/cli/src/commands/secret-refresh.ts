import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { secretLines } from '../secret-lines.ts'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

/** `coatcheck secret refresh` */
export function secretRefreshCommand(session: Session): Command {
  return new Command('refresh')
    .description('ask the source of a secret for its value at once')
    .addHelpText('after', exampleLines('secret refresh stripe'))
    .argument('<name>', 'which secret')
    .action((name: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const secret = await withNameHint(client, 'secret', name, () => client.secrets.refresh(name))
        output.show(secret, () => secretLines(secret))
      }),
    )
}
