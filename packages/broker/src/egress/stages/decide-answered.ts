import type { Exchange } from '../exchange.ts'
import type { Refusal } from '../refusal.ts'
import type { AskedRules } from '../routed-rules.ts'
import type { RoutedGrant } from '../routes.ts'
import { requestOf, ruleSender, triedRefusal, verdictOf } from './decide-rules.ts'
import { knownBody } from './known-body.ts'

/** What rules say of a request that reaches no service: nothing, that its body decides, or no. */
export type AnswerVerdict = 'allowed' | 'awaits-body' | Refusal

/**
 * What the rule lists say of a request that the broker answers for itself: the project's, and those of the grant and the secret whose
 * placeholder it shows. What comes of such an answer is judged when it is sent to a service, so rules that deny are asked alone.
 * SECURITY: what these cannot tell is refused (AC-6.4). Notes what lists that are only tried would have said.
 * @param grant undefined where the request shows no placeholder @param body `awaited` where nobody knows it
 */
export function decideAnswered(
  exchange: Exchange,
  grant: RoutedGrant | undefined,
  body: Buffer | 'awaited',
): AnswerVerdict {
  const lists = listsOn(exchange, grant)
  if (lists.length === 0) return 'allowed'
  const request = answeredRequest(exchange, grant, body)
  let isAwaited = false
  for (const { isDryRun, list, set } of lists) {
    const verdict = verdictOf(list, set.decideAnswered(request))
    if (typeof verdict === 'object' && 'code' in verdict) {
      if (!isDryRun) return verdict
      exchange.wouldRefuse ??= triedRefusal(verdict)
    }
    isAwaited ||= verdict === 'awaits-body' || verdict === 'awaits-beginning'
  }
  return isAwaited ? 'awaits-body' : 'allowed'
}

/** The lists that are asked about it. */
export function listsOn({ routes: { rules } }: Exchange, routed: RoutedGrant | undefined): readonly AskedRules[] {
  const { ofGrants, project } = rules ?? {}
  const own = routed === undefined ? undefined : ofGrants?.get(routed.grant.id)
  return [...(project === undefined ? [] : [project]), ...(own ?? [])]
}

/** What they are asked about. */
export function answeredRequest(
  exchange: Exchange,
  grant: RoutedGrant | undefined,
  body: Buffer | 'awaited',
): ReturnType<typeof requestOf> {
  const sender = () => ruleSender(exchange.routes, grant === undefined ? [] : [grant])
  if (body === 'awaited') return requestOf(exchange, body, body, sender)
  return requestOf(exchange, knownBody(exchange.head, body), body.length === 0 ? undefined : body, sender)
}
