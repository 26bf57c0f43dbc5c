import {
  builtInProfileNames,
  CoatcheckError,
  type Reach,
  type ReachDifference,
  type ReachReceipt,
  type ReachRequest,
  type ReceiptRequest,
} from '@coatcheck/contract'
import { Command } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import { parseDescription, readDescription } from '../read-description.ts'
import { readFromGit } from '../read-from-git.ts'
import type { Session } from '../session.ts'

const help = `
Of a sandbox, a virtual key or a profile of your own, by grants, rules, caps, network rules and the catalog; or, without a broker, of a rule
list and a built-in profile.
Nothing that is let through lies outside. Conditions in CEL are shown as unbounded. With --diff, ends with code 1 when something is newly
reached.

Examples:
  $ coatcheck reach --sandbox web
  $ coatcheck reach --sandbox web --json > before.json; coatcheck reach --sandbox web --diff before.json
  $ coatcheck reach --key key_7q2m
  $ coatcheck reach --profile checkout
  $ coatcheck reach --rules rules.yaml --provider stripe --diff git:origin/main
  $ coatcheck reach --sandbox web --receipt > receipt.json`

/** What begins a revision of git in the place of a file. */
const gitMark = 'git:'

interface ReachOptions {
  readonly sandbox?: string
  readonly key?: string
  readonly rules?: string
  readonly provider?: string
  readonly profile?: string
  readonly diff?: string
  readonly receipt?: true
}

/** `coatcheck reach` */
export function reachCommand(session: Session): Command {
  return new Command('reach')
    .description('say what a sandbox, a virtual key, a profile or a rule list lets an agent do at worst')
    .option('--sandbox <id-or-name>', 'of a sandbox; it may have ended')
    .option('--key <id-or-label>', 'of a virtual key; it may be over')
    .option('--rules <file>', 'of a rule list, in YAML or JSON')
    .option('--provider <id>', 'whose secret the list would stand on')
    .option('--profile <name>', 'of a sandbox that is made from this profile and nothing else')
    .option(
      '--diff <file>',
      'say what is newly reached, against what `reach --json` said before, another list, or git:REVISION of the same one',
    )
    .option('--receipt', 'sign whether what was done lies within, as JSON')
    .addHelpText('after', help)
    .action(async (options: ReachOptions, self: Command) => {
      const { diff, receipt } = options
      const whose = whoseOf(options)
      if (receipt === true) {
        if (whose === undefined || 'profile' in whose || diff !== undefined)
          throw invalid('a receipt is of a sandbox or a virtual key, and has no --diff')
        return showReceipt(session, self, whose)
      }
      if (whose === undefined) return showOffline(session, self, options)
      if (diff?.startsWith(gitMark) === true) throw invalid('`git:` stands for a rule list, and so goes with --rules')
      return session.withBroker(self, async ({ client }) => {
        const before = diff === undefined ? undefined : () => readReach(diff)
        return show(session, self, await client.reach.of(whose), before)
      })
    })
}

function showReceipt(session: Session, self: Command, whose: ReceiptRequest): Promise<void> {
  return session.withBroker(self, async ({ client, output }) => {
    const signed = await client.reach.receipt(whose)
    output.show(signed, () => [JSON.stringify(signed)])
    output.note(receiptText(signed), { within: signed.statement.within, done: signed.statement.done })
    if (signed.statement.within < signed.statement.done) session.exitCode = exitCodes.failure.code
  })
}

/** What was named that a broker knows; undefined where it is rules, a provider or a built-in profile. */
function whoseOf({ key, profile, provider, rules, sandbox }: ReachOptions): ReachRequest | undefined {
  const isOffline = rules !== undefined || provider !== undefined || profile !== undefined
  if ([isOffline, key !== undefined, sandbox !== undefined].filter(Boolean).length !== 1)
    throw invalid('name a sandbox, a virtual key, or rules, a provider or a profile')
  if (sandbox !== undefined) return { sandbox }
  if (profile !== undefined && !builtInProfileNames.some((name) => name === profile)) {
    if (rules === undefined && provider === undefined) return { profile }
    throw invalid('rules and providers go with a built-in profile: dev, locked or open')
  }
  return key === undefined ? undefined : { key }
}

async function showOffline(session: Session, self: Command, options: ReachOptions): Promise<void> {
  const { diff, profile, provider, rules } = options
  const { reachOfFile } = await import('@coatcheck/broker/offline-policy')
  const where = { ...(profile !== undefined && { profile }), ...(provider !== undefined && { provider }) }
  const of = (list: unknown): Reach => reachOfFile({ ...where, ...(list !== undefined && { rules: list }) })
  const reach = of(rules === undefined ? undefined : readDescription(rules))
  if (diff === undefined) return show(session, self, reach, undefined)
  const list = diff.startsWith(gitMark)
    ? parseDescription(await readFromGit(diff.slice(gitMark.length), demandRules(rules)))
    : readDescription(diff)
  return show(session, self, reach, () => of(list))
}

function demandRules(rules: string | undefined): string {
  if (rules === undefined) throw invalid('`git:` stands for a rule list, and so goes with --rules')
  return rules
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
  if (!isReach) throw invalid('the file of --diff is nothing that `reach --json` said')
  return reach as unknown as Reach
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}
