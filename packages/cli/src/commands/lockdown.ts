import { CoatcheckError, type LockdownTarget } from '@coatcheck/contract'
import { Command, InvalidArgumentError } from 'commander'
import { demandConsent } from '../ask-at-terminal.ts'
import type { Session } from '../session.ts'

const examples = `
Every placeholder of what ends is dead within a second, and every connection closes. Secrets stay stored; sandboxes do not
come back.

Examples:
  $ coatcheck lockdown --all
  $ coatcheck lockdown --label team=web --yes
  $ coatcheck lockdown --secret stripe --yes`

interface LockdownOptions {
  readonly all?: boolean
  readonly sandbox?: string
  readonly secret?: string
  readonly label?: string
  readonly yes?: boolean
}

/** `coatcheck lockdown` */
export function lockdownCommand(session: Session): Command {
  return new Command('lockdown')
    .description('end every sandbox at once, or those of a label, or every use of a secret')
    .option('--all', 'every sandbox')
    .option('--sandbox <id>', 'one sandbox')
    .option('--secret <name>', 'the secret’s grants on every sandbox; the sandboxes go on')
    .option('--label <key=value>', 'every sandbox with this label, and every virtual key that is called so', parseLabel)
    .option('-y, --yes', 'do not ask')
    .addHelpText('after', examples)
    .action(async (options: LockdownOptions, self: Command) => {
      const target = targetOf(options)
      if (target === undefined) return self.error('give exactly one of --all, --sandbox, --secret and --label')
      if (options.yes !== true) await askFirst(session, target)
      await session.withBroker(self, async ({ client, output }) => {
        const report = await client.lockdown(target)
        output.show(report, () => [`Ended: ${report.sandboxes} sandboxes, ${report.grants} grants.`])
      })
    })
}

function targetOf({ all, sandbox, secret, label }: LockdownOptions): LockdownTarget | undefined {
  const named: readonly LockdownTarget[] = [
    ...(all === true ? [{ all }] : []),
    ...(sandbox === undefined ? [] : [{ sandbox }]),
    ...(secret === undefined ? [] : [{ secret }]),
    ...(label === undefined ? [] : [{ label }]),
  ]
  return named.length === 1 ? named[0] : undefined
}

function parseLabel(text: string): string {
  if (/^[^=]{1,63}=.{0,255}$/s.test(text)) return text
  throw new InvalidArgumentError('Write a key, = and a value.')
}

/** A script that means it says so; a person at a terminal is asked. @throws CoatcheckError `request_invalid` */
async function askFirst({ surroundings: { stdin, stderr } }: Session, target: LockdownTarget): Promise<void> {
  if (!stdin.isTTY) throw new CoatcheckError('request_invalid', { reason: 'nobody is there to be asked: add --yes' })
  const [[kind, what] = []] = Object.entries(target)
  const message = `End ${target.all === true ? 'every sandbox' : `everything of ${kind} ${what}`} now?`
  await demandConsent(message, { stdin, stderr })
}
