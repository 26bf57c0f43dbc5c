import type { ExplainedRule, ExplainedRuleList } from '@coatcheck/contract'
import type { RuleRequest } from '../../policy/rules/rule-request.ts'
import type { RuleDecision, RuleTrace } from '../../policy/rules/rule-set.ts'
import type { Exchange } from '../exchange.ts'
import type { AskedRules, RoutedRules } from '../routed-rules.ts'
import type { RoutedGrant } from '../routes.ts'
import { answeredRequest, listsOn } from '../stages/decide-answered.ts'
import { everyList, listsOf, requestOf } from '../stages/decide-rules.ts'

/** What every list that applies to a request says of it, rule by rule. Nobody knows its body. */
export function describeRules(exchange: Exchange): readonly ExplainedRuleList[] {
  const { rules } = exchange.routes
  if (rules === undefined) return []
  const { all, oneOf } = listsOf(exchange, rules, everyList)
  const request = requestOf(exchange, 'awaited')
  return [...all, ...oneOf.flat()].map((asked) => describe(asked, request))
}

/** What the project’s list says of a tunnel to a host, rule by rule. No other list is asked, for it carries no grant. */
export function describeUnseen(rules: RoutedRules | undefined, host: string): readonly ExplainedRuleList[] {
  const { project } = rules ?? {}
  if (project === undefined) return []
  return [said(project, project.set.decideUnseen(host), project.set.examineUnseen(host))]
}

/** What each list says, rule by rule, of a request that the broker answers for itself, by whichever of these grants it comes. */
export function describeAnswered(
  exchange: Exchange,
  grants: readonly (RoutedGrant | undefined)[],
): readonly ExplainedRuleList[] {
  const found = new Map<string, ExplainedRuleList>()
  for (const grant of grants) {
    const request = answeredRequest(exchange, grant, 'awaited')
    for (const asked of listsOn(exchange, grant)) {
      const { set } = asked
      const described = said(asked, set.decideAnswered(request), set.examineAnswered(request))
      found.set(asked.list, described.decidedBy === 'default' ? { ...described, decidedBy: null } : described)
    }
  }
  return [...found.values()]
}

function describe(asked: AskedRules, request: RuleRequest): ExplainedRuleList {
  return said(asked, asked.set.decide(request), asked.set.examine(request))
}

function said(
  { isDryRun: dryRun, list }: AskedRules,
  decision: RuleDecision,
  traces: readonly RuleTrace[],
): ExplainedRuleList {
  const rules = traces.map(describeTrace)
  if (decision.effect === 'awaits-body') return { list, dryRun, outcome: decision.effect, decidedBy: null, rules }
  return { list, dryRun, outcome: decision.effect, decidedBy: decision.rule ?? 'default', rules }
}

/** What one rule has to do with a request, for people. */
export function describeTrace({ rule, effect, fit, part: differing }: RuleTrace): ExplainedRule {
  const part = differing ?? null
  if (typeof fit === 'object') return { rule, effect, part, fit: 'unknown', reason: fit.unreadable }
  return { rule, effect, part, fit: fit === 'matches' || fit === 'differs' ? fit : 'awaits-body', reason: null }
}
