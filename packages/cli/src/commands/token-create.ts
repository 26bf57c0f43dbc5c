import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TokenRole } from '@coatcheck/contract'
import { Command, Option } from 'commander'
import { fileFailure } from '../file-failure.ts'
import { parseDuration } from '../parse-duration.ts'
import type { Session } from '../session.ts'

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
      const file = out === undefined ? undefined : resolve(session.surroundings.cwd, out)
      const input = { name, role, ...(member && { member }), ...(ttl === undefined ? {} : { ttlSeconds: ttl }) }
      // A place that cannot be written to is no reason for a token, or a broker, to have been.
      const descriptor = file === undefined ? undefined : openNew(file)
      try {
        await session.withBroker(self, async ({ client, output }) => {
          const { token, ...view } = await client.tokens.create(input)
          const lines = [`${view.id}: ${view.role}, until ${view.expiresAt}`]
          if (descriptor === undefined) return output.show({ ...view, token }, () => [token, ...lines])
          await writeToken(descriptor, token, () => client.tokens.revoke(view.id))
          output.show({ ...view, file }, () => [...lines, `The token is in ${file}`])
        })
      } catch (error) {
        if (file !== undefined) rmSync(file, { force: true })
        throw error
      } finally {
        if (descriptor !== undefined) closeSync(descriptor)
      }
    })
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600)
  } catch (error) {
    throw fileFailure('the file for the token cannot be made', error)
  }
}

async function writeToken(descriptor: number, token: string, revoke: () => Promise<void>): Promise<void> {
  try {
    writeSync(descriptor, `${token}\n`)
  } catch (error) {
    // A token that nobody has seen is of no use to anybody.
    await revoke()
    throw fileFailure('the token cannot be written into its file', error)
  }
}
