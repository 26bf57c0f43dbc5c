import { inertReply } from '../../foundation/inert-reply.ts'
import type { Exchange } from '../exchange.ts'
import type { PipelineServices } from '../pipeline.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { RoutedGrant } from '../routes.ts'
import { decideAnswered } from '../stages/decide-answered.ts'
import { identify } from '../stages/identify.ts'
import { recordIntent, recordOutcome } from '../stages/record.ts'
import { answerMetadataQuestion } from './answer-metadata-question.ts'
import { answerRegistryQuestion, type RegistryParts } from './answer-registry-question.ts'
import { answerTokenQuestion } from './answer-token-question.ts'
import { derivationsAt, grantsOfPlace, livingGrants } from './grants-of-place.ts'
import type { AnswerJudge, LocalAnswer } from './local-answer.ts'
import { type LocalPlace, localPlaceAt } from './local-place.ts'
import { readRegistryQuestion } from './registry-question.ts'
import { readQuestion } from './token-question.ts'

/** Longest question that is read, in bytes. */
const maxQuestionBytes = 64 * 1024

/** The place of the broker’s own that a request goes to, if it goes to one. */
export function placeOf({ arrival, head, routes }: Exchange): LocalPlace | undefined {
  return routes.localPlaces && localPlaceAt(routes.localPlaces, arrival.destination, head.path)
}

/** Answers a request to such a place. @returns why it is refused, if it is */
export async function answerLocally(
  exchange: Exchange,
  place: LocalPlace,
  services: Pick<PipelineServices, 'audit' | 'clock' | 'derived'>,
): Promise<Refusal | undefined> {
  const { audit, clock } = services
  const { carrier, routes } = exchange
  clock.assertSane()
  const refusal = identify(exchange, clock)
  if (refusal !== undefined) return refusal
  const { effect, rule } = routes.policy.decide(exchange.arrival.destination)
  if (effect === 'deny') return refuse('destination_denied', { host: place.destination.host, rule })
  const question = await carrier.readBody(maxQuestionBytes, exchange.ending)
  const judge = judgeOf(exchange, question)
  const answer = await compose(exchange, place, livingGrants(routes.grants, clock), question, { ...services, judge })
  if ('code' in answer) return answer
  const denied = answer.env === undefined ? judge() : undefined
  if (denied !== undefined) return denied
  const body = Buffer.from(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body))
  exchange.rule = rule
  exchange.note = answer.env === undefined ? 'answered by the broker' : `answered by the broker, for ${answer.env}`
  await recordIntent(exchange, audit)
  await recordOutcome(exchange, audit, clock, { status: answer.status, bytesSent: 0, bytesReceived: 0 })
  const type = typeof answer.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json'
  const headers = { ...inertReply, 'content-type': type, ...answer.headers, 'content-length': String(body.length) }
  await carrier.answer({ status: answer.status, headers, body })
  return undefined
}

async function compose(
  exchange: Exchange,
  place: LocalPlace,
  living: readonly RoutedGrant[],
  body: Buffer,
  parts: RegistryParts,
): Promise<LocalAnswer | Refusal> {
  const { head } = exchange
  if (place.service === 'google-metadata') return answerMetadataQuestion(head, living, parts.judge)
  const grants = grantsOfPlace(living, place)
  const registries = grants.map((grant) => ({
    grant,
    tokens: derivationsAt(grant, place).flatMap(({ registry }) => registry ?? []),
  }))
  const isRegistry = registries.some(({ tokens }) => tokens.length > 0)
  const methods = isRegistry ? ['GET', 'POST'] : ['POST']
  if (!methods.includes(head.method)) return { status: 405, body: { error: 'invalid_request' } }
  if (isRegistry) return answerRegistryQuestion(readRegistryQuestion(head, body), registries, parts)
  return answerTokenQuestion(readQuestion(head, body), grants, parts.judge)
}

/** Asks the rules that are about such a question. */
function judgeOf(exchange: Exchange, question: Buffer): AnswerJudge {
  return (grant) => {
    const verdict = decideAnswered(exchange, grant, question)
    if (verdict === 'awaits-body') return refuse('rule_unevaluable', { reason: 'its body does not tell' })
    return verdict === 'allowed' ? undefined : verdict
  }
}
