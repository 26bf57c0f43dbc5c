import type { IncomingMessage, ServerResponse } from 'node:http'
import { CoatcheckError } from '@coatcheck/contract'
import type { ResponseScrub, ScrubbedHead } from '../../scrubbing/response-scrub.ts'
import { type BodyCaps, responseTooLong } from '../body-caps.ts'
import type { Outcome, Progress, ReplyRules } from '../exchange.ts'
import { fieldsFrom, flatten, forwardedResponseFields } from '../forwarded-fields.ts'
import { RefusedError } from '../refusal.ts'
import { replacedIn } from '../replaced-in.ts'
import { replyScrub } from '../reply-scrub.ts'
import { upstreamFailure } from '../upstream-failure.ts'
import { drained, finished, untilAborted } from './stream-waits.ts'

/** What relaying a response needs beside the two ends. */
export interface RelayOptions {
  /** For the response to a request that carries a secret. */
  readonly rules: ReplyRules | undefined
  readonly caps: BodyCaps
  bytesSent(): number
  /** Hears how far it got; what `bytesSent` says is left to it. */
  onProgress(progress: Progress): void
  settle(outcome: Outcome): Promise<void>
  readonly signal: AbortSignal
}

/**
 * Streams a response to the client. The byte that completes it goes out only after `settle`, so that a client which saw
 * the end can rely on the record. Rejects with the signal's reason.
 * @throws CoatcheckError `upstream_unreachable` when the service broke off, `upstream_malformed`
 * @throws RefusedError for a body that is too long
 */
export async function relayResponse(
  answer: IncomingMessage,
  response: ServerResponse,
  options: RelayOptions,
): Promise<void> {
  const { rules } = options
  const scrub = replyScrub(rules)
  try {
    await relay(answer, response, scrub, options)
  } finally {
    scrub?.close()
  }
}

async function relay(
  answer: IncomingMessage,
  response: ServerResponse,
  scrub: ResponseScrub | undefined,
  { rules, caps, bytesSent, onProgress, settle, signal }: RelayOptions,
): Promise<void> {
  const status = answer.statusCode ?? 502
  const fields = forwardedResponseFields(fieldsFrom(answer.rawHeaders), rules)
  const declared = hasBody(answer, response) ? Number(answer.headers['content-length'] ?? Number.NaN) : 0
  onProgress({ upstreamStatus: status })
  const demandFit = (bytes: number): void => {
    const tooLong = responseTooLong(caps, bytes)
    if (tooLong !== undefined) throw new RefusedError(tooLong)
  }
  demandFit(declared)
  let bytesReceived = 0
  let settled = false
  const settleOnce = async (): Promise<void> => {
    if (settled) return
    settled = true
    await settle({ status, upstreamStatus: status, bytesSent: bytesSent(), bytesReceived, ...replacedIn(scrub) })
  }

  response.sendDate = false
  const sent: ScrubbedHead = {
    status,
    reason: answer.statusMessage ?? '',
    fields,
    body: declared === 0 ? 'none' : Number.isNaN(declared) ? 'unsized' : 'sized',
  }
  scrub?.begin(sent, declared)
  if (declared === 0) await settleOnce()
  const progressed = (): void =>
    onProgress({ ...(response.headersSent && { status }), upstreamStatus: status, bytesReceived })
  const respond = (head: ScrubbedHead | undefined): void => {
    if (head === undefined || response.headersSent) return
    response.writeHead(status, head.reason, flatten(head.fields))
    response.flushHeaders()
    progressed()
  }
  respond(scrub === undefined ? sent : scrub.head)
  const send = async (bytes: Buffer): Promise<void> => {
    if (response.destroyed) throw new CoatcheckError('client_disconnected')
    if (bytes.length > 0 && !response.write(bytes)) await untilAborted(drained(response), signal)
  }
  // Of a response that is looked into, what completes it may come later than the last byte from the service.
  let last: Buffer | undefined
  for await (const chunk of bytesOf(answer)) {
    demandFit(bytesReceived + chunk.length)
    bytesReceived += chunk.length
    progressed()
    if (scrub === undefined) {
      if (bytesReceived === declared) await settleOnce()
      await send(chunk)
      continue
    }
    const clean = await scrub.write(chunk)
    respond(scrub.head)
    if (bytesReceived === declared) last = clean
    else await send(clean)
  }
  if (!answer.complete) throw new CoatcheckError('upstream_unreachable', { reason: 'broke off' })
  const rest = await scrub?.end()
  const forwarded = forwardedResponseFields(fieldsFrom(answer.rawTrailers), rules)
  const trailers = scrub?.fields(forwarded) ?? forwarded
  respond(scrub?.head)
  await settleOnce()
  for (const bytes of [last, rest]) if (bytes !== undefined) await send(bytes)
  if (trailers.length > 0) response.addTrailers(trailers.map(({ name, value }): [string, string] => [name, value]))
  if (response.destroyed) throw new CoatcheckError('client_disconnected')
  response.end()
  await untilAborted(finished(response), signal)
}

/** The body. @throws CoatcheckError `upstream_unreachable` | `upstream_malformed` */
async function* bytesOf(answer: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* answer
  } catch (error) {
    throw upstreamFailure(error)
  }
}

/** RFC 9110 §6.4.1: responses that never have content. */
function hasBody(answer: IncomingMessage, response: ServerResponse): boolean {
  const status = answer.statusCode ?? 0
  return response.req.method !== 'HEAD' && status !== 204 && status !== 304
}
