import { CoatcheckError, type Scope, type SecretView } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { Command } from 'commander'
import { addScopeOptions, type ScopeOptions, scopesFrom } from '../parse-scopes.ts'
import { addValueOptions, hasValue, readValue, type ValueOptions } from '../read-value.ts'
import { secretLines } from '../secret-lines.ts'
import type { Session } from '../session.ts'
import { withSecretHint } from '../with-secret-hint.ts'

const examples = `
The options describe all scopes from now on. A scope that reaches further than before needs the present value: who may
send a secret to a new place may read it.

Examples:
  $ coatcheck secret update github --to api.github.com --inject bearer
  $ coatcheck secret update internal --to api.internal.example --inject bearer --value-file key.txt`

/** `coatcheck secret update` */
export function secretUpdateCommand(session: Session): Command {
  const command = new Command('update')
    .description('change where a secret may go')
    .argument('<name>', 'which secret')
    .addHelpText('after', examples)
    .action((name: string, options: ScopeOptions & ValueOptions, self: Command) => {
      const scopes = scopesFrom(options, self)
      if (scopes === undefined) self.error('give --to and --inject')
      return session.withBroker(self, async ({ client, output }) => {
        const secret = await withSecretHint(client, name, () => update(session, client, name, scopes, options))
        output.show(secret, () => secretLines(secret))
      })
    })
  return addValueOptions(addScopeOptions(command), 'the present value')
}

async function update(
  session: Session,
  client: CoatcheckClient,
  name: string,
  scopes: readonly Scope[],
  options: ValueOptions,
): Promise<SecretView> {
  const { surroundings } = session
  const ask = async (): Promise<SecretView> =>
    client.secrets.update(name, { scopes, value: await readValue(options, surroundings, `Present value of ${name}`) })
  if (hasValue(options)) return ask()
  try {
    return await client.secrets.update(name, { scopes })
  } catch (error) {
    const needsValue = error instanceof CoatcheckError && error.code === 'value_required'
    if (!needsValue || !surroundings.stdin.isTTY) throw error
    return ask()
  }
}
