import { CoatcheckError, type Reach, type ReachDifference, type ReachReceipt } from '@coatcheck/contract'
import { Command } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import { readDescription } from '../read-description.ts'
import type { Session } from '../session.ts'

const help = `
Of a sandbox, by its grants, rules, caps, network rules and the catalog; or, without a broker, of a rule list and a profile. Nothing that
is let through lies outside. Conditions in CEL are shown as unbounded. With --diff, ends with code 1 when something is newly reached.

Examples:
  $ coatcheck reach --sandbox web
  $ coatcheck reach --sandbox web --json > before.json; coatcheck reach --sandbox web --diff before.json
  $ coatcheck reach --rules rules.yaml --provider stripe --diff main-rules.yaml
  $ coatcheck reach --sandbox web --receipt > receipt.json`

interface ReachOptions {
  readonly sandbox?: string
  readonly rules?: string
  readonly provider?: string
  readonly profile?: string
  readonly diff?: string
  readonly receipt?: true
}

/** `coatcheck reach` */
export function reachCommand(session: Session): Command {
  return new Command('reach')
    .description('say what a sandbox, or a rule list, lets an agent do at worst')
    .option('--sandbox <id-or-name>', 'of a sandbox; it may have ended')
    .option('--rules <file>', 'of a rule list, in YAML or JSON')
    .option('--provider <id>', 'whose secret the list would stand on')
    .option('--profile <name>', 'of a built-in profile')
    .option(
      '--diff <file>',
      'say what is newly reached, against what `reach --json` said before, or against another list',
    )
    .option('--receipt', 'sign whether what the sandbox did lies within, as JSON')
    .addHelpText('after', help)
    .action(async (options: ReachOptions, self: Command) => {
      const { diff, profile, provider, receipt, rules, sandbox } = options
      const isOffline = rules !== undefined || provider !== undefined || profile !== undefined
      if (isOffline === (sandbox !== undefined))
        throw new CoatcheckError('request_invalid', { reason: 'name a sandbox, or rules, a provider or a profile' })
      if (receipt === true && (isOffline || diff !== undefined))
        throw new CoatcheckError('request_invalid', { reason: 'a receipt is of a sandbox, and has no --diff' })
      if (sandbox === undefined) {
        const { reachOfFile } = await import('@coatcheck/broker/offline-policy')
        const files = { ...(profile !== undefined && { profile }), ...(provider !== undefined && { provider }) }
        const of = (file: string | undefined): Reach =>
          reachOfFile({ ...files, ...(file !== undefined && { rules: readDescription(file) }) })
        return show(session, self, of(rules), diff === undefined ? undefined : () => of(diff))
      }
      return session.withBroker(self, async ({ client, output }) => {
        if (receipt !== true) {
          const before = diff === undefined ? undefined : () => readReach(diff)
          return show(session, self, await client.reach.of(sandbox), before)
        }
        const signed = await client.reach.receipt(sandbox)
        output.show(signed, () => [JSON.stringify(signed)])
        output.note(receiptText(signed), { within: signed.statement.within, done: signed.statement.done })
        if (signed.statement.within < signed.statement.done) session.exitCode = exitCodes.failure.code
      })
    })
}

async function show(session: Session, self: Command, reach: Reach, before: (() => Reach) | undefined): Promise<void> {
  const output = session.output(self)
  if (before === undefined) return output.show(reach, () => reach.summary)
  const { diffReach } = await import('@coatcheck/broker/offline-policy')
  const difference = diffReach(before(), reach)
  output.show(difference, () => differenceLines(difference))
  if (difference.added.length > 0) session.exitCode = exitCodes.failure.code
}

function differenceLines({ added, removed }: ReachDifference): readonly string[] {
  if (added.length + removed.length === 0) return ['The same is reached.']
  return [...added.map((line) => `+ ${line}`), ...removed.map((line) => `- ${line}`)]
}

function receiptText({ statement: { done, unseen, within } }: ReachReceipt): string {
  const partly = unseen === 0 ? '' : ` (${unseen} with a path that the journal shows in part)`
  return `${within} of ${done} requests and connections lie within what could be done${partly}`
}

/** Its form is ours, and nothing is decided by it but what is printed. */
function readReach(file: string): Reach {
  const reach = readDescription(file)
  const isReach = ['grants', 'bare', 'tunnels', 'denied'].every((name) => Array.isArray(reach[name]))
  if (!isReach)
    throw new CoatcheckError('request_invalid', { reason: 'the file of --diff is nothing that `reach --json` said' })
  return reach as unknown as Reach
}
