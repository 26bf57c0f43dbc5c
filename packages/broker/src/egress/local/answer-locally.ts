import { isDestination } from '../../foundation/destination.ts'
import { inertReply } from '../../foundation/inert-reply.ts'
import type { Exchange } from '../exchange.ts'
import type { PipelineServices } from '../pipeline.ts'
import { type Refusal, refuse } from '../refusal.ts'
import { identify } from '../stages/identify.ts'
import { recordIntent, recordOutcome } from '../stages/record.ts'
import { answerMetadataQuestion } from './answer-metadata-question.ts'
import { answerTokenQuestion } from './answer-token-question.ts'
import type { LocalAnswer } from './local-answer.ts'
import { type LocalPlace, localPlaceAt } from './local-place.ts'
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
  { audit, clock }: Pick<PipelineServices, 'audit' | 'clock'>,
): Promise<Refusal | undefined> {
  const { carrier, routes } = exchange
  clock.assertSane()
  const refusal = identify(exchange, clock)
  if (refusal !== undefined) return refusal
  const { effect, rule } = routes.policy.decide(exchange.arrival.destination)
  if (effect === 'deny') return refuse('destination_denied', { host: place.destination.host, rule })
  const grants = routes.grants.filter(
    ({ grant }) => grant.expiresAt === null || clock.now() < new Date(grant.expiresAt),
  )
  const answer = await compose(exchange, place, grants)
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
  living: Exchange['routes']['grants'],
): Promise<LocalAnswer> {
  const { carrier, ending, head } = exchange
  if (place.service === 'google-metadata') return answerMetadataQuestion(head, living)
  if (head.method !== 'POST') return { status: 405, body: { error: 'invalid_request' } }
  const body = await carrier.readBody(maxQuestionBytes, ending)
  const own = living.filter(({ scopes }) =>
    scopes.some(({ injection: { derivation } }) => {
      const { endpoint } = derivation ?? {}
      return (
        endpoint !== undefined && isDestination(endpoint.destination, place.destination) && endpoint.path === place.path
      )
    }),
  )
  return answerTokenQuestion(readQuestion(head, body), own)
}
