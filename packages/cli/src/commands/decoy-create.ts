import { Command } from 'commander'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

const examples = `
The text is shown once. Lay it out where nobody has a reason to use a key: a page, a file, a variable of a sandbox. Whoever sends
it through the broker is refused, and an alarm is in the journal.

Examples:
  $ coatcheck decoy create wiki --provider stripe
  $ coatcheck decoy create old-backup --provider github --key-prefix ghp_`

interface CreateOptions {
  readonly provider?: string
  readonly keyPrefix?: string
}

/** `coatcheck decoy create` */
export function decoyCreateCommand(session: Session): Command {
  return new Command('create')
    .description('make a placeholder that belongs to nothing, in the form of a provider’s keys')
    .argument('<name>', 'where it will lie')
    .option('--provider <id>', 'whose keys it looks like; see provider list')
    .option('--key-prefix <text>', 'how those keys begin, where the provider has several kinds')
    .addHelpText('after', examples)
    .action((name: string, options: CreateOptions, self: Command) =>
      session.withBroker(self, async ({ client, output }) => {
        const make = () => client.decoys.create({ name, ...options })
        const { provider } = options
        const decoy = provider === undefined ? await make() : await withNameHint(client, 'provider', provider, make)
        const { id, placeholder, variable } = decoy
        output.show(decoy, () => [
          placeholder,
          `${id}: shown this once. Whoever uses it is heard of: coatcheck decoy list`,
          ...(variable === null ? [] : [`Clients read such keys from ${variable}.`]),
        ])
      }),
    )
}
