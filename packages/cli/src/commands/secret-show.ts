import { Command } from 'commander'
import { exampleLines } from '../example-lines.ts'
import { secretLines } from '../secret-lines.ts'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

/** `coatcheck secret show` */
export function secretShowCommand(session: Session): Command {
  return new Command('show')
    .description('show what is known about a secret; its value is never shown')
    .addHelpText('after', exampleLines('secret show stripe'))
    .argument('<name>', 'which secret')
    .action((name: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const secret = await withNameHint(client, 'secret', name, () => client.secrets.get(name))
        output.show(secret, () => secretLines(secret))
      }),
    )
}
