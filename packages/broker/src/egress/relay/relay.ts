import { CoatcheckError } from '@coatcheck/contract'
import type { BodyFraming } from '../../http/body-framing.ts'
import type { HeaderField } from '../../http/header-field.ts'
import type { ResponseScrub } from '../../scrubbing/response-scrub.ts'
import { type BodyCaps, requestTooLong, responseTooLong } from '../body-caps.ts'
import type { Ending } from '../ending.ts'
import type { OutboundHead, Outcome, Progress, ReplyRules } from '../exchange.ts'
import { forwardedResponseFields } from '../forwarded-fields.ts'
import { RefusedError, refuseAndReport } from '../refusal.ts'
import { replacedIn } from '../replaced-in.ts'
import { replyScrub } from '../reply-scrub.ts'
import type { BodyWatch } from '../stages/body-watch.ts'
import type { Upgrade } from '../websocket/upgrade.ts'
import type {
  ClientListener,
  ClientStream,
  ResponseBody,
  ServiceListener,
  ServiceResponse,
  ServiceStream,
} from './streams.ts'

/** What a relay brings together. */
export interface RelayParts {
  readonly client: ClientStream
  readonly service: ServiceStream
  /** Opens another connection, where a service turns out to have closed the one that was kept. */
  readonly again: () => Promise<ServiceStream>
  /** The request may be sent twice. */
  readonly isSafe: boolean
  /** The part of the request body that was held until the verdict. */
  readonly held: readonly Buffer[]
  /** Undefined where there is no body. */
  readonly watch: BodyWatch | undefined
  readonly caps: BodyCaps
  /** For the response to a request that carries a secret. */
  readonly rules: ReplyRules | undefined
  /** Present where the client asks to change over to WebSocket. */
  readonly upgrade: Upgrade | undefined
  readonly ending: Ending
  settle(outcome: Outcome): Promise<void>
  /** Takes the status of a response that the client shall not see, where all of the request is here. */
  readonly declines?: ((status: number) => boolean) | undefined
}

/**
 * Brings a request to a service and the response back, both as they come, neither faster than the other side takes it. The
 * byte that completes the response goes out only after `settle`, so that a client which saw the end can rely on the record.
 */
export class Relay implements ClientListener, ServiceListener {
  readonly #parts: RelayParts
  readonly #done = Promise.withResolvers<number | undefined>()
  readonly #abort = (): void => this.#fail(this.#parts.ending.reason)
  #service: ServiceStream
  #response: ServiceResponse | undefined
  #body: ResponseBody = 'none'
  #declared = 0
  #last: Buffer | undefined
  #bytesSent = 0
  #bytesReceived = 0
  #requestComplete = false
  #answered = false
  /** All of the response was given to the client’s connection. */
  #isOut = false
  #over = false
  /** Cleans the response to a request that carries a secret. */
  readonly #scrub: ResponseScrub | undefined
  #hasHead = false
  /** The client takes no more for now. */
  #isFull = false
  /** Bytes of the response are being looked at. */
  #scrubbing: Promise<unknown> | undefined
  /** Sends the same request once more; only where all of it is here. */
  #retry: (() => void) | undefined
  #isWhole = false

  constructor(parts: RelayParts) {
    this.#parts = parts
    this.#service = parts.service
    this.#scrub = replyScrub(parts.rules)
  }

  /**
   * Resolves when the response is out, or with the status of one that was declined. Rejects with the reason of its ending.
   * @throws CoatcheckError `upstream_unreachable` | `upstream_malformed` | `request_malformed` | `client_disconnected`
   * @throws RefusedError for a placeholder in the body, and for a body that is too long
   */
  run(head: OutboundHead): Promise<number | undefined> {
    const { client, ending, held } = this.#parts
    ending.onEnd(this.#abort)
    if (!this.#over) {
      if (head.body !== undefined || isWhole(client, held)) this.#sendWhole(head)
      else this.#sendBegun(head, held)
    }
    return this.#done.promise
  }

  /** How far it got. */
  progress(): Progress {
    const { client, upgrade } = this.#parts
    if (upgrade?.hasSwitched === true) return upgrade.progress()
    const status = this.#response?.status
    return {
      ...(status !== undefined && { upstreamStatus: status }),
      // What has not left when a request fails never will: the client hears of the failure instead.
      ...(status !== undefined && client.hasResponded && { status }),
      ...this.#carried(),
    }
  }

  onBody(chunk: Buffer): void {
    // The service answered without waiting for the end, or is gone: what the client still sends goes nowhere.
    if (this.#over || this.#answered) return
    // SECURITY: the chunk with which a placeholder is complete is not sent.
    if (this.#parts.watch?.write(chunk) !== false) {
      this.#fail(new RefusedError(refuseAndReport('placeholder_undeclared_place', { place: 'body' })))
      return
    }
    const tooLong = requestTooLong(this.#parts.caps, this.#bytesSent + chunk.length)
    if (tooLong !== undefined) return void this.#fail(new RefusedError(tooLong))
    this.#bytesSent += chunk.length
    if (!this.#service.write(chunk)) this.#parts.client.pause()
  }

  onBodyEnd(): void {
    if (this.#over || this.#answered) return
    this.#requestComplete = true
    this.#service.endBody()
  }

  onBodyFault(reason: string): void {
    this.#fail(new CoatcheckError('request_malformed', { reason }))
  }

  onServiceDrain(): void {
    if (!this.#over) this.#parts.client.resume()
  }

  onInformation(status: number, fields: HeaderField[]): void {
    if (this.#over) return
    // SECURITY: an early hint may set no cookie either.
    const forwarded = forwardedResponseFields(fields, this.#parts.rules)
    this.#tryCleaning(() => this.#parts.client.inform(status, this.#scrub?.fields(forwarded) ?? forwarded))
  }

  onResponse(response: ServiceResponse, raw?: Buffer): void {
    const { status, reason, framing } = response
    this.#response = response
    if (status === 101) return void this.#switchOver(response)
    if (this.#parts.declines !== undefined && this.#mayDecline() && this.#parts.declines(status))
      return void this.#decline(status)
    this.#declared = framing.kind === 'length' ? framing.length : Number.NaN
    if (this.#isTooLong(this.#declared)) return
    this.#body = framing.kind === 'none' ? 'none' : framing.kind === 'length' ? 'sized' : 'unsized'
    const fields = forwardedResponseFields(response.fields, this.#parts.rules)
    if (this.#scrub === undefined) return void this.#parts.client.respond(status, reason, fields, this.#body)
    // A proof is written anew, so it does not stand in what came.
    const searched = this.#parts.rules?.proof === undefined ? raw : undefined
    this.#tryCleaning(() => {
      this.#scrub!.begin({ status, reason, fields, body: this.#body }, this.#declared, searched)
      this.#respondClean()
    })
  }

  onData(chunk: Buffer): void {
    if (this.#over || this.#isTooLong(this.#bytesReceived + chunk.length)) return
    this.#bytesReceived += chunk.length
    if (this.#scrub !== undefined) this.#tryCleaning(() => this.#clean(this.#scrub!, chunk))
    else if (this.#bytesReceived === this.#declared) this.#last = chunk
    else if (!this.#parts.client.write(chunk)) this.#service.pause()
  }

  onEnd(trailers: readonly HeaderField[]): void {
    if (this.#over || this.#answered) return
    this.#answered = true
    const forwarded = trailers.length === 0 ? trailers : forwardedResponseFields(trailers, this.#parts.rules)
    if (this.#scrub === undefined) this.#settle(forwarded)
    else this.#tryCleaning(() => this.#cleanEnd(this.#scrub!, forwarded))
  }

  onPause(): void {
    if (!this.#over && !this.#answered) this.#parts.client.flush()
  }

  onClientDrain(): void {
    if (this.#isOut) this.#resolve()
    else if (!this.#over) {
      this.#isFull = false
      if (this.#scrubbing === undefined) this.#service.resume()
    }
  }

  onFailure(error: unknown, isUnseen = false): void {
    const { again, client, ending, isSafe } = this.#parts
    const retry = this.#retry
    // What the service did not begin with may be sent again, whatever it is (RFC 9113 §8.7).
    const mayRepeat = isUnseen || (isSafe && this.#service.isReused)
    const isUntouched = this.#response === undefined && mayRepeat && ending.reason === undefined && !client.isGone
    if (this.#over || !isUntouched || retry === undefined) return void this.#fail(error)
    this.#retry = undefined
    again().then(
      (service) => {
        this.#service = service
        if (this.#over) service.destroy()
        else retry()
      },
      (reason: unknown) => this.#fail(reason),
    )
  }

  #carried(): Pick<Outcome, 'bytesSent' | 'bytesReceived' | 'scrubbed' | 'newKeys'> {
    const bytes = { bytesSent: this.#bytesSent, bytesReceived: this.#bytesReceived }
    const scrub = this.#scrub
    return scrub === undefined || scrub.hits + scrub.newKeys === 0 ? bytes : { ...bytes, ...replacedIn(scrub) }
  }

  #settle(trailers: readonly HeaderField[]): void {
    const { status } = this.#response!
    const outcome = { status, upstreamStatus: status, ...this.#carried() }
    // A body without an end that is announced is out but for that end: nobody waits for the record to read it.
    if (this.#body === 'unsized') this.#parts.client.flush()
    this.#parts.settle(outcome).then(
      () => this.#finish(trailers),
      (error: unknown) => this.#fail(error),
    )
  }

  /** SECURITY: what must not be passed on ends the exchange, whoever told of it. */
  #tryCleaning(act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Sends the head as soon as it is known: it may follow from the body. */
  #respondClean(): void {
    const head = this.#scrub?.head
    if (head === undefined || this.#hasHead) return
    this.#hasHead = true
    this.#body = head.body
    this.#parts.client.respond(head.status, head.reason, head.fields, head.body)
  }

  #clean(scrub: ResponseScrub, chunk: Buffer): void {
    const isLast = this.#bytesReceived === this.#declared
    const clean = this.#scrubbing === undefined ? scrub.write(chunk) : this.#scrubbing.then(() => scrub.write(chunk))
    if (!(clean instanceof Promise)) return void this.#sendClean(clean, isLast)
    this.#service.pause()
    const waiting = clean.then(
      (bytes) => {
        if (this.#over) return
        this.#sendClean(bytes, isLast)
        this.#parts.client.flush()
        if (this.#scrubbing !== waiting) return
        this.#scrubbing = undefined
        if (!this.#isFull) this.#service.resume()
      },
      (error: unknown) => this.#fail(error),
    )
    this.#scrubbing = waiting
  }

  /** SECURITY: the byte that completes a response waits for its record. */
  #sendClean(bytes: Buffer, isLast: boolean): void {
    this.#respondClean()
    if (isLast) this.#last = bytes
    else if (bytes.length > 0 && !this.#parts.client.write(bytes)) {
      this.#isFull = true
      this.#service.pause()
    }
  }

  #cleanEnd(scrub: ResponseScrub, trailers: readonly HeaderField[]): void {
    const ending = this.#scrubbing === undefined ? scrub.end() : this.#scrubbing.then(() => scrub.end())
    const end = (rest: Buffer): void => {
      if (this.#over) return
      this.#respondClean()
      const last = this.#last
      if (rest.length > 0) this.#last = last === undefined ? rest : Buffer.concat([last, rest])
      this.#settle(scrub.fields(trailers))
    }
    if (ending instanceof Promise) ending.then(end).catch((error: unknown) => this.#fail(error))
    else end(ending)
  }

  #sendWhole(head: OutboundHead): void {
    const { client, held } = this.#parts
    const { body } = head
    const whole = body ?? (held.length === 0 ? undefined : held.length === 1 ? held[0] : Buffer.concat(held))
    const framing: BodyFraming = body === undefined ? client.framing : { kind: 'length', length: body.length }
    this.#bytesSent = whole?.length ?? 0
    client.takeBody(this)
    this.#requestComplete = true
    this.#isWhole = true
    const send = (): void => void this.#service.send(head, framing, whole, this)
    this.#retry = send
    send()
  }

  #sendBegun(head: OutboundHead, held: readonly Buffer[]): void {
    const { caps, client } = this.#parts
    const tooLong = held.length === 0 ? undefined : requestTooLong(caps, lengthOf(held))
    if (tooLong !== undefined) return void this.#fail(new RefusedError(tooLong))
    let open = this.#service.send(head, client.framing, undefined, this)
    for (const chunk of held) {
      this.#bytesSent += chunk.length
      open = this.#service.write(chunk)
    }
    for (const chunk of client.takeBody(this)) this.onBody(chunk)
    if (client.isRequestComplete) this.onBodyEnd()
    else if (open && !this.#over) client.resume()
  }

  #switchOver({ fields }: ServiceResponse): void {
    const { client, ending, settle, upgrade } = this.#parts
    try {
      // SECURITY: a service that switches protocols unasked has left HTTP: nothing of it is passed on.
      if (upgrade === undefined) throw new CoatcheckError('upstream_malformed', { reason: 'unexpected upgrade' })
      if (this.#over) return
      const answer = upgrade.answerFields(fields)
      if (client.isGone) throw new CoatcheckError('client_disconnected')
      const connections = { service: this.#service.takeOver!(), client: client.switchOver!(answer) }
      this.#over = true
      ending.offEnd(this.#abort)
      upgrade.carry(connections, settle, ending).then(() => this.#done.resolve(undefined), this.#done.reject)
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Ends the exchange where this many bytes are more than a response may have. */
  #isTooLong(bytes: number): boolean {
    const tooLong = responseTooLong(this.#parts.caps, bytes)
    if (tooLong !== undefined) this.#fail(new RefusedError(tooLong))
    return tooLong !== undefined
  }

  #finish(trailers: readonly HeaderField[]): void {
    const { client } = this.#parts
    if (this.#over) return
    if (client.isGone) return void this.#fail(new CoatcheckError('client_disconnected'))
    if (this.#requestComplete) this.#service.release()
    else this.#service.destroy()
    const last = this.#last
    // It is a part of the whole memory that was read into, which must not stay for as long as an idle connection does.
    this.#last = undefined
    this.#isOut = true
    if (client.end(last, trailers)) this.#resolve()
  }

  #resolve(): void {
    if (this.#over) return
    this.#over = true
    this.#parts.ending.offEnd(this.#abort)
    this.#done.resolve(undefined)
  }

  /** Whether the same request can be sent once more: all of it is here, and somebody waits for the answer. */
  #mayDecline(): boolean {
    return !this.#over && this.#isWhole && !this.#parts.client.isGone
  }

  #decline(status: number): void {
    this.#over = true
    this.#parts.ending.offEnd(this.#abort)
    this.#service.destroy()
    this.#scrub?.close()
    this.#done.resolve(status)
  }

  /** SECURITY: what was revoked stops in the middle, whoever is waiting for whom (N2). */
  #fail(error: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#parts.ending.offEnd(this.#abort)
    this.#service.destroy()
    this.#scrub?.close()
    this.#done.reject(error)
  }
}

/** Whether there is no body, or all of it was held. */
function isWhole({ framing }: ClientStream, held: readonly Buffer[]): boolean {
  if (framing.kind !== 'length') return framing.kind === 'none'
  return framing.length === lengthOf(held)
}

function lengthOf(chunks: readonly Buffer[]): number {
  return chunks.reduce((sum, { length }) => sum + length, 0)
}
