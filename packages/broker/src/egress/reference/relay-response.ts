import type { IncomingMessage, ServerResponse } from 'node:http'
import { CoatcheckError } from '@coatcheck/contract'
import { type BodyCaps, responseTooLong } from '../body-caps.ts'
import type { Outcome, Progress } from '../exchange.ts'
import { fieldsFrom, flatten, forwardedResponseFields } from '../forwarded-fields.ts'
import { RefusedError } from '../refusal.ts'
import { upstreamFailure } from '../upstream-failure.ts'
import { drained, finished, untilAborted } from './stream-waits.ts'

/** What relaying a response needs beside the two ends. */
export interface RelayOptions {
  readonly dropCookies: boolean
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
  { dropCookies, caps, bytesSent, onProgress, settle, signal }: RelayOptions,
): Promise<void> {
  const status = answer.statusCode ?? 502
  const fields = forwardedResponseFields(fieldsFrom(answer.rawHeaders), dropCookies)
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
    await settle({ status, upstreamStatus: status, bytesSent: bytesSent(), bytesReceived })
  }

  response.sendDate = false
  if (declared === 0) await settleOnce()
  response.writeHead(status, answer.statusMessage ?? '', flatten(fields))
  response.flushHeaders()
  onProgress({ status, upstreamStatus: status, bytesReceived })
  for await (const chunk of bytesOf(answer)) {
    demandFit(bytesReceived + chunk.length)
    bytesReceived += chunk.length
    onProgress({ status, upstreamStatus: status, bytesReceived })
    if (bytesReceived === declared) await settleOnce()
    if (response.destroyed) throw new CoatcheckError('client_disconnected')
    if (!response.write(chunk)) await untilAborted(drained(response), signal)
  }
  if (!answer.complete) throw new CoatcheckError('upstream_unreachable', { reason: 'broke off' })
  await settleOnce()
  const trailers = forwardedResponseFields(fieldsFrom(answer.rawTrailers), dropCookies)
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
