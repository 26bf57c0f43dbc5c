import type { Cap, Scope } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { Command, InvalidArgumentError, Option } from 'commander'
import { demandProvider } from '../demand-provider.ts'
import { collectCap } from '../parse-cap.ts'
import { addScopeOptions, type ScopeOptions, scopesFrom } from '../parse-scopes.ts'
import { presetScopes } from '../preset-scopes.ts'
import { readRuleFile } from '../read-rule-files.ts'
import { addValueOptions, readValue, type ValueOptions } from '../read-value.ts'
import { secretLines } from '../secret-lines.ts'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

const examples = `
The value is asked for at the terminal, or read from standard input or a file; it is never an argument.

Examples:
  $ coatcheck secret create stripe --provider stripe
  $ pass show stripe | coatcheck secret create stripe --provider stripe --value-stdin
  $ aws configure export-credentials | coatcheck secret create aws --provider aws --value-stdin
  $ coatcheck secret create stripe --provider stripe --source stripe-key
  $ coatcheck secret create jira --provider jira --to acme.atlassian.net
  $ coatcheck secret create internal --to api.internal.example --inject header:X-Api-Key --value-file key.txt`

interface CreateOptions extends ScopeOptions, ValueOptions {
  readonly provider?: string
  readonly source?: string
  readonly rotationDays?: number
  readonly rules?: string
  readonly weak?: boolean
  readonly cap?: readonly Cap[]
}

/** `coatcheck secret create` */
export function secretCreateCommand(session: Session): Command {
  const command = new Command('create')
    .description('store a secret')
    .argument('<name>', 'what to call it')
    .option('--provider <id>', 'a provider, as provider list shows it; sets where the secret may go')
    .addOption(
      new Option('--source <name>', 'take the value from this source instead, as source list shows it').conflicts([
        'valueFile',
        'valueStdin',
      ]),
    )
    .option('--rotation-days <days>', 'when it should be replaced', parseDays)
    .option('--rules <file>', 'what may be done with it by whatever grant: a rule list in YAML or JSON')
    .option('--weak', 'accept a value under 16 bytes, which cannot be scrubbed from replies')
    .option('--cap <cap>', 'limit what is done with it: 50usd/day, 1000requests/hour (repeatable)', collectCap)
    .addHelpText('after', examples)
    .action(async (name: string, options: CreateOptions, self: Command) => {
      const { cap, provider, rotationDays, source, weak } = options
      const isPreset = provider !== undefined && options.inject === undefined
      const described = isPreset && options.to ? { ...options, inject: [{ kind: 'bearer' }] } : options
      const { refuse, ...others } = described
      // What a provider says of its hosts stays; what is refused there can be said beside it.
      const scopes = scopesFrom(isPreset && !options.to ? others : described, self)
      if (scopes === undefined && provider === undefined) self.error('give --provider, or --to and --inject')
      if (provider !== undefined) demandProvider(provider, session.home(self))
      const given =
        source === undefined
          ? { value: await readValue(options, session.surroundings, `Value of ${name}`) }
          : { sourceName: source }
      const rules = options.rules === undefined ? undefined : readRuleFile(options.rules)
      await session.withBroker(self, async ({ client, output }) => {
        const preset = await presetFor(client, provider, isPreset ? scopes : undefined, refuse)
        const created = await client.secrets.create({
          name,
          ...given,
          ...(provider === undefined ? {} : { provider }),
          ...(scopes === undefined && preset === undefined ? {} : { scopes: preset ?? scopes! }),
          ...(rules === undefined ? {} : { rules }),
          ...(rotationDays === undefined ? {} : { rotationDays }),
          ...(weak === undefined ? {} : { weak }),
          ...(cap && { caps: cap }),
        })
        output.show(created, () => secretLines(created))
      })
    })
  return addValueOptions(addScopeOptions(command), 'the value')
}

/** What a provider says about places that were named without an injector; also tells when there is no such provider. */
async function presetFor(
  client: CoatcheckClient,
  provider: string | undefined,
  scopes: readonly Scope[] | undefined,
  refuse: Scope['refuse'],
): Promise<readonly Scope[] | undefined> {
  if (provider === undefined) return undefined
  const known = await withNameHint(client, 'provider', provider, () => client.providers.get(provider))
  if (scopes !== undefined) return presetScopes(scopes, known)
  return refuse === undefined ? undefined : known.scopes.map((scope) => ({ ...scope, refuse }))
}

function parseDays(text: string): number {
  const days = Number(text)
  if (!Number.isInteger(days) || days < 1 || days > 3650)
    throw new InvalidArgumentError('Write a number from 1 to 3650.')
  return days
}
