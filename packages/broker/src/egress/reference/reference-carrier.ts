import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { RequestHead } from '../../injection/request-head.ts'
import type { Carrier, Outcome } from '../exchange.ts'
import { problemResponse } from '../problem-response.ts'
import { type Refusal, refuseAndReport } from '../refusal.ts'
import { createBodyWatch } from '../stages/body-watch.ts'
import { type HeldBody, holdBody } from './held-body.ts'
import { relayResponse } from './relay-response.ts'
import { sendRequest } from './send-request.ts'

/** Carries one exchange over `node:http` on both sides, with an upstream connection of its own. */
export class ReferenceCarrier implements Carrier {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #expectsContinue: boolean
  #held: HeldBody | undefined

  constructor(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) {
    this.#request = request
    this.#response = response
    this.#expectsContinue = expectsContinue
  }

  async inspectBody(placeholders: readonly string[]): Promise<Refusal | undefined> {
    // The verdict on the head is reached: a client that asked before sending its body may send it now.
    if (this.#expectsContinue) this.#response.writeContinue()
    this.#held = await holdBody(this.#request, createBodyWatch(placeholders))
    return this.#held.watch.found !== undefined
      ? refuseAndReport('placeholder_undeclared_place', { place: 'body' })
      : undefined
  }

  async relay(
    upstream: Duplex,
    head: RequestHead,
    dropCookies: boolean,
    settle: (outcome: Outcome) => Promise<void>,
  ): Promise<void> {
    if (this.#held === undefined) throw new TypeError('relay before inspectBody')
    const sent = sendRequest(upstream, head, this.#request, this.#held)
    try {
      const answer = await sent.answer
      await relayResponse(answer, this.#response, { dropCookies, bytesSent: sent.bytesSent, settle })
    } finally {
      sent.stop()
    }
  }

  refuse(refusal: Refusal, exchangeId: string): void {
    if (this.#response.headersSent || this.#response.destroyed) {
      // A response has begun: only a reset tells the client that it is not whole.
      this.#response.destroy()
      return
    }
    const { status, headers, body } = problemResponse(refusal, exchangeId)
    // What is left of the request body is not worth reading.
    if (!this.#request.complete) this.#response.shouldKeepAlive = false
    this.#response.writeHead(status, headers)
    this.#response.end(this.#request.method === 'HEAD' ? undefined : body)
  }
}
