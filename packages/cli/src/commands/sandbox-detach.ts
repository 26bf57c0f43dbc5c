import { Command } from 'commander'
import type { Session } from '../session.ts'

const examples = `
The placeholder is dead within a second, and so is what is open with it.

Example:
  $ coatcheck sandbox detach sbx_7q2m STRIPE_SECRET_KEY`

/** `coatcheck sandbox detach` */
export function sandboxDetachCommand(session: Session): Command {
  return new Command('detach')
    .description('take the use of a secret away from a living sandbox')
    .argument('<id>', 'which sandbox, as sandbox list shows it')
    .argument('<variable>', 'the variable that holds the placeholder')
    .addHelpText('after', examples)
    .action((id: string, variable: string, _options, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        await client.sandboxes.detach(id, variable)
        output.show({ sandbox: id, detached: variable }, () => [`${variable} is detached.`])
      }),
    )
}
