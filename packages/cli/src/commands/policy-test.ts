import type { ConfigFinding } from '@coatcheck/broker/offline-policy'
import { CoatcheckError, type RuleCaseResult } from '@coatcheck/contract'
import { Command } from 'commander'
import { declaredMembers } from '../declared-members.ts'
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

In the place of a list, a configuration as \`serve --config\` and \`config apply\` take it: checked as a whole, linted, and asked with the lists of the
project, of the secrets that a request carries, and of its profile.

Examples:
  $ coatcheck policy test stripe-rules.yaml stripe-cases.yaml
  $ coatcheck policy test coatcheck.yaml
  $ coatcheck policy test coatcheck.yaml stripe-cases.yaml`

/** `coatcheck policy test` */
export function policyTestCommand(session: Session): Command {
  return new Command('test')
    .description('try a rule list or a configuration on requests of a file, offline')
    .argument('<rules>', 'the list, or a coatcheck.yaml')
    .argument('[cases...]', 'files with requests, and what the list has to say of each; a list needs one')
    .addHelpText('after', help)
    .action(async (rules: string, files: readonly string[], _options, self: Command) => {
      const { replayConfig, replayRules } = await import('@coatcheck/broker/offline-policy')
      const described = readDescription(rules)
      const cases = files.map((file) => readDescription(file)['cases'])
      if (!isRuleList(described)) {
        const { findings, results } = replayConfig(declaredMembers(described), cases)
        session.output(self).show({ results, findings }, () => [...findings.map(findingLine), ...resultLines(results)])
        if (results.some(({ passes }) => !passes)) session.exitCode = exitCodes.failure.code
        return
      }
      if (cases.length === 0) throw new CoatcheckError('request_invalid', { reason: 'a list needs a file of cases' })
      const results = cases.flatMap((each) => replayRules(described, each))
      session.output(self).show({ results }, () => resultLines(results))
      if (results.some(({ passes }) => !passes)) session.exitCode = exitCodes.failure.code
    })
}

/** A list has a `default`; in a configuration it has one below `rules`. */
function isRuleList(described: Readonly<Record<string, unknown>>): boolean {
  return Object.hasOwn(described, 'default') || Array.isArray(described['rules'])
}

function findingLine({ list, rule, says }: ConfigFinding): string {
  return `${list}: ${rule}: ${says}`
}

function resultLines(results: readonly RuleCaseResult[]): readonly string[] {
  if (results.length === 0) return ['Its form is right; no case was tried.']
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
