import type { TokenRole } from '@coatcheck/contract'
import { Command, Option } from 'commander'
import { parseDuration } from '../parse-duration.ts'
import type { Session } from '../session.ts'
import { withNewFile } from '../write-once.ts'

const examples = `
The token is shown once, and good in one project. What it may do: auditor reads; issuer makes sandboxes and ends its own; operator changes
all but tokens, members, rules of the project, keys and backups; owner everything.

Examples:
  $ coatcheck token create ci --role operator --ttl 90d --out ci.token
  $ coatcheck --broker https://broker.example:7072 --token-file ci.token secret list`

interface CreateOptions {
  readonly role: TokenRole
  readonly member?: string
  readonly ttl?: number
  readonly out?: string
}

/** `coatcheck token create` */
export function tokenCreateCommand(session: Session): Command {
  return new Command('create')
    .description('create a token for the management API')
    .argument('<name>', 'who or what will hold it')
    .addOption(
      new Option('--role <role>', 'what it may do')
        .choices(['auditor', 'issuer', 'operator', 'owner'])
        .makeOptionMandatory(),
    )
    .option(
      '--member <name>',
      'whose it is: it may do no more than this member of the project, and goes with the member',
    )
    .option('--ttl <duration>', 'how long it is good: 1m to 365d; 30d when absent', parseDuration)
    .option('--out <file>', 'write it into this new file, mode 0600, instead of showing it')
    .addHelpText('after', examples)
    .action(async (name: string, { role, member, ttl, out }: CreateOptions, self: Command) => {
      const input = { name, role, ...(member && { member }), ...(ttl === undefined ? {} : { ttlSeconds: ttl }) }
      // A place that cannot be written to is no reason for a token, or a broker, to have been.
      await withNewFile(out, session.surroundings.cwd, (file) =>
        session.withBroker(self, async ({ client, output }) => {
          const { token, ...view } = await client.tokens.create(input)
          const lines = [`${view.id}: ${view.role}, until ${view.expiresAt}`]
          if (file === undefined) return output.show({ ...view, token }, () => [token, ...lines])
          await file.write(token, () => client.tokens.revoke(view.id))
          output.show({ ...view, file: file.path }, () => [...lines, `The token is in ${file.path}`])
        }),
      )
    })
}
