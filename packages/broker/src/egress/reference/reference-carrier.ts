import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { type BodyCaps, noBodyCaps, requestTooLong } from '../body-caps.ts'
import type { Ending } from '../ending.ts'
import type { Carrier, Exchange, Lane, OutboundHead, Outcome, OwnReply, Progress, ReplyRules } from '../exchange.ts'
import { problemResponse } from '../problem-response.ts'
import { type Refusal, refuseAndReport } from '../refusal.ts'
import { createBodyWatch } from '../stages/body-watch.ts'
import { type HeldBody, holdBeginning, holdBody, readWhole } from './held-body.ts'
import { relayResponse } from './relay-response.ts'
import { type SentRequest, sendRequest } from './send-request.ts'

/** How long a client that was refused may go on sending its request body. SECURITY: what was revoked is closed within a second (N2). */
const lingerMs = 800

/** Carries one exchange over `node:http` on both sides, with an upstream connection of its own. */
export class ReferenceCarrier implements Carrier {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #expectsContinue: boolean
  readonly #reset: () => void
  #caps = noBodyCaps
  #held: HeldBody | undefined
  #upstream: Duplex | undefined
  #sent: SentRequest | undefined
  #progress: Progress = {}

  /** `reset` breaks the client's connection off. */
  constructor(request: IncomingMessage, response: ServerResponse, expectsContinue: boolean, reset: () => void) {
    this.#request = request
    this.#response = response
    this.#expectsContinue = expectsContinue
    this.#reset = reset
  }

  async inspectBody(
    placeholders: readonly string[],
    { signal }: Ending,
    caps: BodyCaps,
    use?: Exchange['placedBody'],
  ): Promise<Refusal | undefined> {
    const tooLong = this.#admit(caps)
    if (tooLong !== undefined) return tooLong
    this.#held = await holdBody(this.#request, createBodyWatch(placeholders), signal, use === 'wanted')
    return use === undefined && this.#held.watch.found !== undefined
      ? refuseAndReport('placeholder_undeclared_place', { place: 'body' })
      : undefined
  }

  async inspectBeginning(
    placeholders: readonly string[],
    { signal }: Ending,
    caps: BodyCaps,
    isEnough: (begun: Buffer) => boolean,
  ): Promise<Refusal | undefined> {
    const tooLong = this.#admit(caps)
    if (tooLong !== undefined) return tooLong
    const watch = createBodyWatch(placeholders)
    this.#held = await holdBeginning(this.#request, { watch, caps, isEnough }, signal)
    return watch.found === undefined ? undefined : refuseAndReport('placeholder_undeclared_place', { place: 'body' })
  }

  wholeBody(): readonly Uint8Array[] | undefined {
    return this.#held?.isWhole === true ? this.#held.chunks : undefined
  }

  async readBody(maxBytes: number, { signal }: Ending): Promise<Buffer> {
    if (this.#expectsContinue) this.#response.writeContinue()
    return readWhole(this.#request, maxBytes, signal)
  }

  async open(_lane: Lane, dial: () => Promise<Duplex>): Promise<void> {
    this.#upstream = await dial()
    // Whoever reads and writes learns of an error; one that comes later is of no interest, and would end the process.
    this.#upstream.on('error', () => {})
  }

  close(): void {
    this.#upstream?.destroy()
  }

  async relay(
    head: OutboundHead,
    rules: ReplyRules | undefined,
    settle: (outcome: Outcome) => Promise<void>,
    { signal }: Ending,
    _upgrade?: Exchange['upgrade'],
    declines?: (status: number) => boolean,
  ): Promise<number | undefined> {
    if (this.#held === undefined || this.#upstream === undefined) throw new TypeError('relay before open')
    signal.throwIfAborted()
    const sent = sendRequest(this.#upstream, head, this.#request, this.#held, this.#caps)
    this.#sent = sent
    // SECURITY: what was revoked stops in the middle, whoever is waiting for whom.
    signal.addEventListener('abort', sent.stop, { once: true })
    try {
      const answer = await sent.answer
      const { statusCode = 502 } = answer
      if (this.#held.isWhole && declines?.(statusCode) === true) {
        this.#progress = { upstreamStatus: statusCode }
        return statusCode
      }
      await relayResponse(answer, this.#response, {
        rules,
        caps: this.#caps,
        bytesSent: sent.bytesSent,
        onProgress: (progress) => {
          this.#progress = progress
        },
        settle,
        signal,
      })
      return undefined
    } catch (error) {
      // What forbade the request in the middle of its body broke the response off too.
      throw sent.refused() ?? error
    } finally {
      signal.removeEventListener('abort', sent.stop)
      sent.stop()
    }
  }

  holdTo(caps: BodyCaps): void {
    this.#caps = caps
  }

  progress(): Progress {
    if (this.#sent === undefined) return {}
    return { bytesSent: this.#sent.bytesSent(), bytesReceived: 0, ...this.#progress }
  }

  refuse(refusal: Refusal, exchangeId: string, further: Readonly<Record<string, string>> = {}): void {
    const { status, headers, body } = problemResponse(refusal, exchangeId)
    void this.answer({ status, headers: { ...headers, ...further }, body: Buffer.from(body) })
  }

  async answer({ status, headers, body }: OwnReply): Promise<void> {
    const response = this.#response
    if (response.headersSent || response.destroyed) {
      // A response has begun: only a reset tells the client that it is not whole, even where its end is that of the connection.
      this.#reset()
      return
    }
    if (!this.#request.complete) response.shouldKeepAlive = false
    response.writeHead(status, headers)
    if (this.#request.method !== 'HEAD') response.write(body)
    if (this.#request.complete) response.end()
    else this.#endAfterRequest()
    if (!response.closed) await new Promise((resolve) => response.once('close', resolve))
  }

  /** @returns what forbids a body of this length, if something does */
  #admit(caps: BodyCaps): Refusal | undefined {
    this.#caps = caps
    const tooLong = requestTooLong(caps, Number(this.#request.headers['content-length'] ?? 0))
    // The verdict on the head is reached: a client that asked before sending its body may send it now.
    if (tooLong === undefined && this.#expectsContinue) this.#response.writeContinue()
    return tooLong
  }

  /** Closing a connection on which bytes are still arriving would take back the answer: they are read for a while, and dropped. */
  #endAfterRequest(): void {
    const end = (): void => {
      clearTimeout(timer)
      this.#response.end()
    }
    const timer = setTimeout(end, lingerMs)
    this.#request.once('end', end).once('close', end).resume()
  }
}
