import { Command, Option } from 'commander'
import { parseDuration } from '../parse-duration.ts'
import { addValueOptions, readValue, type ValueOptions } from '../read-value.ts'
import { secretLines } from '../secret-lines.ts'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

const examples = `
Running sandboxes use the new value with their next request; their placeholders stay. With --staged the value before is kept,
and used where a service declines the new one, until the new one was accepted or the time is up.

Examples:
  $ coatcheck secret rotate stripe
  $ coatcheck secret rotate stripe --value-stdin < new-key.txt
  $ coatcheck secret rotate stripe --staged --for 30m`

/** Longest that a value is kept beside the new one, in seconds; also the usual. */
const maxStagedSeconds = 60 * 60

interface RotateOptions extends ValueOptions {
  readonly staged?: boolean
  readonly for?: number
  readonly compromised?: boolean
}

/** `coatcheck secret rotate` */
export function secretRotateCommand(session: Session): Command {
  const command = new Command('rotate')
    .description('replace the value of a secret; its scopes stay')
    .argument('<name>', 'which secret')
    .option('--staged', 'keep the value before until a service accepted the new one')
    .option('--for <duration>', 'keep it at most so long: 10m, 1h (1h when absent)', parseDuration)
    .addOption(
      new Option('--compromised', 'somebody else may know the value before: record that').conflicts(['staged', 'for']),
    )
    .addHelpText('after', examples)
    .action(async (name: string, options: RotateOptions, self: Command) => {
      const { staged, for: seconds = maxStagedSeconds, compromised } = options
      if (options.for !== undefined && staged !== true) self.error('--for goes with --staged')
      if (seconds > maxStagedSeconds) self.error('--for: at most 1h')
      const value = await readValue(options, session.surroundings, `New value of ${name}`)
      await session.withBroker(self, async ({ client, output }) => {
        const secret = await withNameHint(client, 'secret', name, () =>
          client.secrets.rotate(name, value, {
            ...(staged && { stagedSeconds: seconds }),
            ...(compromised && { compromised }),
          }),
        )
        output.show(secret, () => secretLines(secret))
      })
    })
  return addValueOptions(command, 'the new value')
}
