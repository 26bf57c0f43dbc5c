import type { RuleCase, RuleCaseResult } from '@coatcheck/contract'
import { parseInput } from '../admin/parse-input.ts'
import { ruleReplay } from '../admin/rule-case-schema.ts'
import { replayCases } from '../egress/explain/replay-cases.ts'

/** Asks a rule list of a file about the requests of another one, without a broker. @throws CoatcheckError `rule_invalid` | `request_invalid` */
export function replayRules(rules: unknown, cases: unknown): readonly RuleCaseResult[] {
  const input = parseInput(ruleReplay, { rules, cases })
  return replayCases(input.rules, input.cases as readonly RuleCase[])
}
