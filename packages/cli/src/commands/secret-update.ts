import { type Cap, CoatcheckError, type SecretUpdate, type SecretView } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { Command } from 'commander'
import { collectCap } from '../parse-cap.ts'
import { addScopeOptions, type ScopeOptions, scopesFrom } from '../parse-scopes.ts'
import { readRuleFile } from '../read-rule-files.ts'
import { addValueOptions, hasValue, readValue, type ValueOptions } from '../read-value.ts'
import { secretLines } from '../secret-lines.ts'
import type { Session } from '../session.ts'
import { withNameHint } from '../with-name-hint.ts'

const examples = `
The options describe all scopes from now on, the whole rule list, and all caps. What reaches further than before needs the present
value: who may send a secret to a new place may read it.

Examples:
  $ coatcheck secret update github --to api.github.com --inject bearer
  $ coatcheck secret update stripe --rules stripe-rules.yaml
  $ coatcheck secret update openai --cap 20usd/day
  $ coatcheck secret update internal --to api.internal.example --inject bearer --value-file key.txt`

interface UpdateOptions extends ScopeOptions, ValueOptions {
  /** False where it is to be taken away. */
  readonly rules?: string | boolean
  readonly cap?: readonly Cap[]
}

/** `coatcheck secret update` */
export function secretUpdateCommand(session: Session): Command {
  const command = new Command('update')
    .description('change where a secret may go, and what may be done with it')
    .argument('<name>', 'which secret')
    .option('--rules <file>', 'what may be done with it by whatever grant: a rule list in YAML or JSON')
    .option('--no-rules', 'take its rule list away')
    .option('--cap <cap>', 'all caps on it from now on: 50usd/day, 1000requests/hour (repeatable)', collectCap)
    .addHelpText('after', examples)
    .action((name: string, options: UpdateOptions, self: Command) => {
      const scopes = scopesFrom(options, self)
      const { cap } = options
      const change = { ...(scopes !== undefined && { scopes }), ...rulesFrom(options) }
      const isChanged = Object.keys(change).length > 0
      if (!isChanged && cap === undefined) self.error('give --to and --inject, --rules, or --cap')
      return session.withBroker(self, async ({ client, output }) => {
        const secret = await withNameHint(client, 'secret', name, async () => {
          if (cap !== undefined) await client.caps.set('secret', name, cap)
          return isChanged ? update(session, client, name, change, options) : client.secrets.get(name)
        })
        output.show(secret, () => secretLines(secret))
      })
    })
  return addValueOptions(addScopeOptions(command), 'the present value')
}

function rulesFrom({ rules }: UpdateOptions): Pick<SecretUpdate, 'rules'> {
  if (rules === false) return { rules: null }
  return typeof rules === 'string' ? { rules: readRuleFile(rules) } : {}
}

async function update(
  session: Session,
  client: CoatcheckClient,
  name: string,
  change: SecretUpdate,
  options: ValueOptions,
): Promise<SecretView> {
  const { surroundings } = session
  const ask = async (): Promise<SecretView> =>
    client.secrets.update(name, {
      ...change,
      value: await readValue(options, surroundings, `Present value of ${name}`),
    })
  if (hasValue(options)) return ask()
  try {
    return await client.secrets.update(name, change)
  } catch (error) {
    const needsValue = error instanceof CoatcheckError && error.code === 'value_required'
    if (!needsValue || !surroundings.stdin.isTTY) throw error
    return ask()
  }
}
