import { Command } from 'commander'
import { addValueOptions, readValue, type ValueOptions } from '../read-value.ts'
import { secretLines } from '../secret-lines.ts'
import type { Session } from '../session.ts'
import { withSecretHint } from '../with-secret-hint.ts'

const examples = `
Running sandboxes use the new value with their next request; their placeholders stay.

Examples:
  $ coatcheck secret rotate stripe
  $ coatcheck secret rotate stripe --value-stdin < new-key.txt`

/** `coatcheck secret rotate` */
export function secretRotateCommand(session: Session): Command {
  const command = new Command('rotate')
    .description('replace the value of a secret; its scopes stay')
    .argument('<name>', 'which secret')
    .addHelpText('after', examples)
    .action(async (name: string, options: ValueOptions, self: Command) => {
      const value = await readValue(options, session.surroundings, `New value of ${name}`)
      await session.withBroker(self, async ({ client, output }) => {
        const secret = await withSecretHint(client, name, () => client.secrets.rotate(name, value))
        output.show(secret, () => secretLines(secret))
      })
    })
  return addValueOptions(command, 'the new value')
}
