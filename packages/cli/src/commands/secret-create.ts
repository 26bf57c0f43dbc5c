import { Command, InvalidArgumentError } from 'commander'
import { demandProvider } from '../demand-provider.ts'
import { addScopeOptions, type ScopeOptions, scopesFrom } from '../parse-scopes.ts'
import { addValueOptions, readValue, type ValueOptions } from '../read-value.ts'
import { secretLines } from '../secret-lines.ts'
import type { Session } from '../session.ts'

const examples = `
The value is asked for at the terminal, or read from standard input or a file; it is never an argument.

Examples:
  $ coatcheck secret create stripe --provider stripe
  $ pass show stripe | coatcheck secret create stripe --provider stripe --value-stdin
  $ coatcheck secret create internal --to api.internal.example --inject header:X-Api-Key --value-file key.txt`

interface CreateOptions extends ScopeOptions, ValueOptions {
  readonly provider?: string
  readonly rotationDays?: number
  readonly weak?: boolean
}

/** `coatcheck secret create` */
export function secretCreateCommand(session: Session): Command {
  const command = new Command('create')
    .description('store a secret')
    .argument('<name>', 'what to call it')
    .option('--provider <id>', 'a provider of the catalog; sets where the secret may go', demandProvider)
    .option('--rotation-days <days>', 'when it should be replaced', parseDays)
    .option('--weak', 'accept a value under 16 bytes, which cannot be scrubbed from replies')
    .addHelpText('after', examples)
    .action(async (name: string, options: CreateOptions, self: Command) => {
      const scopes = scopesFrom(options, self)
      const { provider, rotationDays, weak } = options
      if (scopes === undefined && provider === undefined) self.error('give --provider, or --to and --inject')
      const value = await readValue(options, session.surroundings, `Value of ${name}`)
      await session.withBroker(self, async ({ client, output }) => {
        const created = await client.secrets.create({
          name,
          value,
          ...(provider === undefined ? {} : { provider }),
          ...(scopes === undefined ? {} : { scopes }),
          ...(rotationDays === undefined ? {} : { rotationDays }),
          ...(weak === undefined ? {} : { weak }),
        })
        output.show(created, () => secretLines(created))
      })
    })
  return addValueOptions(addScopeOptions(command), 'the value')
}

function parseDays(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > 3650)
    throw new InvalidArgumentError('Write a number from 1 to 3650.')
  return days
}
