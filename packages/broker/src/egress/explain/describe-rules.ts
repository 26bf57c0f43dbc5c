import type { ExplainedRule, ExplainedRuleList } from '@coatcheck/contract'
import type { RuleRequest } from '../../policy/rules/rule-request.ts'
import type { RuleTrace } from '../../policy/rules/rule-set.ts'
import type { Exchange } from '../exchange.ts'
import type { AskedRules } from '../routed-rules.ts'
import { everyList, listsOf, requestOf } from '../stages/decide-rules.ts'

/** What every list that applies to a request says of it, rule by rule. Nobody knows its body. */
export function describeRules(exchange: Exchange): readonly ExplainedRuleList[] {
  const { rules } = exchange.routes
  if (rules === undefined) return []
  const { all, oneOf } = listsOf(exchange, rules, everyList)
  const request = requestOf(exchange, 'awaited')
  return [...all, ...oneOf.flat()].map((asked) => describe(asked, request))
}

function describe({ isDryRun: dryRun, list, set }: AskedRules, request: RuleRequest): ExplainedRuleList {
  const decision = set.decide(request)
  const rules = set.examine(request).map(describeTrace)
  if (decision.effect === 'awaits-body') return { list, dryRun, outcome: decision.effect, decidedBy: null, rules }
  return { list, dryRun, outcome: decision.effect, decidedBy: decision.rule ?? 'default', rules }
}

/** What one rule has to do with a request, for people. */
export function describeTrace({ rule, effect, fit, part: differing }: RuleTrace): ExplainedRule {
  const part = differing ?? null
  if (typeof fit === 'object') return { rule, effect, part, fit: 'unknown', reason: fit.unreadable }
  return { rule, effect, part, fit: fit === 'matches' || fit === 'differs' ? fit : 'awaits-body', reason: null }
}
