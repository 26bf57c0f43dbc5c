import type { ExplainedRuleList, ExplainedVerdict } from '@coatcheck/contract'
import type { Clock } from '../../foundation/clock.ts'
import { parseBasicPair } from '../../injection/basic-pair.ts'
import { soleField } from '../../injection/sole-field.ts'
import type { Exchange } from '../exchange.ts'
import { grantsOfPlace, livingGrants } from '../local/grants-of-place.ts'
import type { LocalPlace } from '../local/local-place.ts'
import type { RoutedGrant } from '../routes.ts'
import { decideAnswered } from '../stages/decide-answered.ts'
import { identify } from '../stages/identify.ts'
import { describeAnswered } from './describe-rules.ts'
import { refused } from './verdict.ts'

/** What is said of a request that the broker answers for itself. */
export interface ExplainedAnswer {
  readonly verdict: ExplainedVerdict
  readonly rules: readonly ExplainedRuleList[]
  /** What stands in the body decides too: what a rule asks about, or whose placeholder it shows. */
  readonly awaitsBody: boolean
}

/** Whether rules deny a question to such a place. Of which grant it is may stand in its body: then all of them have to be denied. */
export function explainAnswer(exchange: Exchange, place: LocalPlace, clock: Clock): ExplainedAnswer {
  const refusal = identify(exchange, clock)
  if (refusal !== undefined) return { verdict: refused(refusal), rules: [], awaitsBody: false }
  const asking = askers(exchange, place, clock)
  const verdicts = asking.map((grant) => decideAnswered(exchange, grant, 'awaited'))
  const refusals = verdicts.flatMap((verdict) => (typeof verdict === 'object' ? [verdict] : []))
  const isDenied = refusals.length === verdicts.length
  return {
    verdict: isDenied ? refused(refusals[0]!) : { outcome: 'answered' },
    rules: describeAnswered(exchange, asking),
    awaitsBody: !isDenied && (refusals.length > 0 || verdicts.includes('awaits-body')),
  }
}

/** The grants that may be meant: the one whose placeholder stands in a Basic pair, or else each one that lives. */
function askers({ head, routes }: Exchange, place: LocalPlace, clock: Clock): readonly (RoutedGrant | undefined)[] {
  const all = grantsOfPlace(livingGrants(routes.grants, clock), place)
  const password = parseBasicPair(soleField(head, 'authorization')?.value ?? '')?.password
  const shown = all.filter(({ placeholder }) => placeholder === password)
  if (shown.length > 0) return shown
  return all.length > 0 ? all : [undefined]
}
