import type { TokenRole } from '@coatcheck/contract'
import { Command, Option } from 'commander'
import { parseDuration } from '../parse-duration.ts'
import type { Session } from '../session.ts'
import { withNewFile } from '../write-once.ts'

const examples = `
The token is shown once. What it may do: viewer reads, operator changes all but tokens, keys and backups, admin everything.

Examples:
  $ coatcheck token create ci --role operator --ttl 90d --out ci.token
  $ coatcheck --broker https://broker.example:7072 --token-file ci.token secret list`

interface CreateOptions {
  readonly role: TokenRole
  readonly ttl?: number
  readonly out?: string
}

/** `coatcheck token create` */
export function tokenCreateCommand(session: Session): Command {
  return new Command('create')
    .description('create a token for the management API')
    .argument('<name>', 'who or what will hold it')
    .addOption(
      new Option('--role <role>', 'what it may do').choices(['viewer', 'operator', 'admin']).makeOptionMandatory(),
    )
    .option('--ttl <duration>', 'how long it is good: 1m to 365d; 30d when absent', parseDuration)
    .option('--out <file>', 'write it into this new file, mode 0600, instead of showing it')
    .addHelpText('after', examples)
    .action(async (name: string, { role, ttl, out }: CreateOptions, self: Command) => {
      const input = { name, role, ...(ttl === undefined ? {} : { ttlSeconds: ttl }) }
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
