import type { RuleCaseResult } from '@coatcheck/contract'
import { Command } from 'commander'
import { exitCodes } from '../exit-codes.ts'
import { ruleLine } from '../explanation-lines.ts'
import { readDescription } from '../read-description.ts'
import type { Session } from '../session.ts'

const help = `
Needs no broker and sends nothing. Ends with code 1 when a case comes out otherwise than it says.
Cases in YAML or JSON; \`policy record\` writes some from what a sandbox did:
  cases:
    - { request: { method: POST, url: "https://api.stripe.com/v1/payment_intents", body: { amount: 500 } }, expect: allow }
    - { request: { method: POST, url: "https://api.stripe.com/v1/payouts" }, expect: deny, rule: default }

Example:
  $ coatcheck policy test stripe-rules.yaml stripe-cases.yaml`

/** `coatcheck policy test` */
export function policyTestCommand(session: Session): Command {
  return new Command('test')
    .description('try a rule list on requests of a file, offline')
    .argument('<rules>', 'the list, in YAML or JSON')
    .argument('<cases...>', 'files with requests, and what the list has to say of each')
    .addHelpText('after', help)
    .action(async (rules: string, files: readonly string[], _options, self: Command) => {
      const { replayRules } = await import('@coatcheck/broker/offline-policy')
      const list = readDescription(rules)
      const results = files.flatMap((file) => replayRules(list, readDescription(file)['cases']))
      session.output(self).show({ results }, () => resultLines(results))
      if (results.some(({ passes }) => !passes)) session.exitCode = exitCodes.failure.code
    })
}

function resultLines(results: readonly RuleCaseResult[]): readonly string[] {
  const failed = results.filter(({ passes }) => !passes)
  return [
    ...failed.flatMap(failureLines),
    failed.length === 0
      ? `All ${results.length} cases come out as they say.`
      : `${failed.length} of ${results.length} cases come out otherwise.`,
  ]
}

function failureLines({ name, expected, outcome, decidedBy, reason, rules }: RuleCaseResult): readonly string[] {
  const by = decidedBy === null ? '' : `, by ${decidedBy}`
  const why = reason === null ? '' : `: ${reason}`
  return [`${name}: ${outcome}${by}, not ${expected}${why}`, ...rules.map(ruleLine)]
}
