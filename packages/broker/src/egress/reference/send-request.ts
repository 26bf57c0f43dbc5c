import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { CoatcheckError } from '@coatcheck/contract'
import type { HeaderField } from '../../http/header-field.ts'
import { type BodyCaps, requestTooLong } from '../body-caps.ts'
import type { OutboundHead } from '../exchange.ts'
import { flatten } from '../forwarded-fields.ts'
import { RefusedError, refuseAndReport } from '../refusal.ts'
import { upstreamFailure } from '../upstream-failure.ts'
import type { HeldBody } from './held-body.ts'
import { drained } from './stream-waits.ts'

/** A request on its way to the service. */
export interface SentRequest {
  /** The head of the final response. @throws CoatcheckError | RefusedError */
  readonly answer: Promise<IncomingMessage>
  /** Body bytes sent so far. */
  bytesSent(): number
  /** What forbids the body, if something did. */
  refused(): RefusedError | undefined
  /** Ends the request, whatever state it is in. */
  stop(): void
}

/** Writes a head that the broker made itself, and streams the body behind it, as long as it may be. */
export function sendRequest(
  upstream: Duplex,
  head: OutboundHead,
  request: IncomingMessage,
  body: HeldBody,
  caps: BodyCaps,
): SentRequest {
  const fields = [
    ...head.fields,
    ...(head.body === undefined ? framingOf(request) : [lengthOf(head.body)]),
    { name: 'Connection', value: 'close' },
  ]
  const outgoing = httpRequest({
    createConnection: () => upstream,
    method: head.method,
    path: head.target,
    headers: flatten(fields),
    setHost: false,
    maxHeaderSize: 64 * 1024,
  })
  let bytesSent = 0
  let refused: RefusedError | undefined
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve)
    outgoing.once('error', (error) => reject(upstreamFailure(error)))
    // A service that switches protocols unasked has left HTTP: nothing of it is passed on.
    outgoing.once('upgrade', (_response, socket) => {
      socket.destroy()
      reject(new CoatcheckError('upstream_malformed', { reason: 'unexpected upgrade' }))
    })
    const sent = head.body === undefined ? body : { ...body, chunks: [head.body], isWhole: true }
    sendBody(outgoing, request, sent, (count) => {
      const tooLong = requestTooLong(caps, bytesSent + count)
      if (tooLong !== undefined) throw new RefusedError(tooLong)
      bytesSent += count
    }).catch((error: unknown) => {
      if (error instanceof RefusedError) refused = error
      outgoing.destroy()
      reject(upstreamFailure(error))
    })
  })
  // The response may be complete before the body is: then nobody asks for this any more.
  answer.catch(() => {})
  return { answer, bytesSent: () => bytesSent, refused: () => refused, stop: () => outgoing.destroy() }
}

async function sendBody(
  outgoing: ClientRequest,
  request: IncomingMessage,
  { chunks, watch }: HeldBody,
  count: (bytes: number) => void,
): Promise<void> {
  const send = async (chunk: Buffer): Promise<void> => {
    count(chunk.length)
    if (!outgoing.write(chunk)) await drained(outgoing)
  }
  for (const chunk of chunks) await send(chunk)
  if (!request.readableEnded) {
    // The connection stays open when the loop is left: there is an answer to be said on it.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      // The service answered without waiting for the end, or is gone: what the client still sends goes nowhere.
      if (outgoing.destroyed) continue
      if (watch.write(chunk)) throw new RefusedError(refuseAndReport('placeholder_undeclared_place', { place: 'body' }))
      await send(chunk)
    }
  }
  outgoing.end()
}

function lengthOf({ length }: Buffer): HeaderField {
  return { name: 'Content-Length', value: String(length) }
}

/** SECURITY: the one framing field is the broker's own, from what Node's strict parser understood. */
function framingOf(request: IncomingMessage): HeaderField[] {
  const length = request.headers['content-length']
  if (length !== undefined) return [{ name: 'Content-Length', value: String(Number(length)) }]
  if (request.headers['transfer-encoding'] !== undefined) return [{ name: 'Transfer-Encoding', value: 'chunked' }]
  const expectsBody = ['POST', 'PUT', 'PATCH'].includes(request.method ?? '')
  return expectsBody ? [{ name: 'Content-Length', value: '0' }] : []
}
