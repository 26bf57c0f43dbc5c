import { CoatcheckError } from '@coatcheck/contract'
import { BodyBeginning } from '../body-beginning.ts'
import { type BodyCaps, noBodyCaps, requestTooLong } from '../body-caps.ts'
import type { Ending } from '../ending.ts'
import type {
  Carrier,
  Dial,
  Exchange,
  Lane,
  OutboundHead,
  Outcome,
  OwnReply,
  Progress,
  ReplyRules,
} from '../exchange.ts'
import { maxHeldBytes } from '../max-held-bytes.ts'
import { problemResponse } from '../problem-response.ts'
import { bodyNotHeld, type Refusal, RefusedError, refuseAndReport } from '../refusal.ts'
import { type BodyWatch, createBodyWatch } from '../stages/body-watch.ts'
import { Upgrade, type UpgradePlan } from '../websocket/upgrade.ts'
import { Relay } from './relay.ts'
import type { ServiceSource } from './service-source.ts'
import type { ClientListener, ClientStream, ServiceStream } from './streams.ts'

/** A request of these methods may be sent again (RFC 9110 §9.2.2) when a kept connection turns out to be closed. */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

const nothing: readonly Buffer[] = []

/** Carries one exchange between a stream of a client and one of a service. */
export class StreamCarrier implements Carrier {
  readonly #client: ClientStream
  readonly #pool: ServiceSource
  #held: readonly Buffer[] = nothing
  /** All of a body of unknown length was held. */
  #isHeldUnsized = false
  #caps = noBodyCaps
  #watch: BodyWatch | undefined
  #service: ServiceStream | undefined
  #again: (() => Promise<ServiceStream>) | undefined
  #isSafe = false
  #upgrade: Upgrade | undefined
  #relay: Relay | undefined

  constructor(client: ClientStream, pool: ServiceSource) {
    this.#client = client
    this.#pool = pool
  }

  get mayUpgrade(): boolean {
    return this.#client.mayUpgrade === true
  }

  get hasSwitched(): boolean {
    return this.#upgrade?.hasSwitched === true
  }

  inspectBody(
    placeholders: readonly string[],
    ending: Ending,
    caps: BodyCaps,
    use?: Exchange['placedBody'],
  ): Promise<Refusal | undefined> | Refusal | undefined {
    const client = this.#client
    const { framing } = client
    const tooLong = this.#admit(caps)
    if (tooLong !== undefined) return tooLong
    if (framing.kind === 'none') return undefined
    const watch = createBodyWatch(placeholders)
    this.#watch = watch
    if (use === 'wanted' && framing.kind === 'chunked') return this.#holdUnsized(ending)
    // Other bodies are left to be watched while they stream: waiting for their end could wait for ever.
    if (framing.kind !== 'length' || framing.length > maxHeldBytes) return undefined
    if (!client.isRequestComplete) return this.#hold(watch, ending, use)
    this.#held = client.takeBody(deaf)
    for (const chunk of this.#held) watch.write(chunk)
    return use === undefined ? verdictOf(watch) : undefined
  }

  async inspectBeginning(
    placeholders: readonly string[],
    ending: Ending,
    caps: BodyCaps,
    isEnough: (begun: Buffer) => boolean,
  ): Promise<Refusal | undefined> {
    const { framing } = this.#client
    if (framing.kind === 'none' || (framing.kind === 'length' && framing.length <= maxHeldBytes))
      return this.inspectBody(placeholders, ending, caps, 'wanted')
    const tooLong = this.#admit(caps)
    if (tooLong !== undefined) return tooLong
    const watch = createBodyWatch(placeholders)
    this.#watch = watch
    const beginning = new BodyBeginning({ watch, caps, isEnough })
    this.#isHeldUnsized = await this.#holdBeginning(beginning, ending)
    this.#held = beginning.held
    return verdictOf(watch)
  }

  wholeBody(): readonly Uint8Array[] | undefined {
    const { framing } = this.#client
    if (framing.kind === 'none') return nothing
    const isHeld = framing.kind === 'length' ? framing.length <= maxHeldBytes : this.#isHeldUnsized
    return isHeld ? this.#held : undefined
  }

  async readBody(maxBytes: number, ending: Ending): Promise<Buffer> {
    const client = this.#client
    const tooLong = (): Error => new CoatcheckError('request_body_too_large', { limitBytes: maxBytes })
    if (client.framing.kind === 'length' && client.framing.length > maxBytes) throw tooLong()
    if (client.expectsContinue) client.inform(100, [])
    if (client.framing.kind === 'none') return Buffer.alloc(0)
    const chunks = await this.#collect((length) => {
      if (length > maxBytes) throw tooLong()
    }, ending)
    return Buffer.concat(chunks)
  }

  open(lane: Lane, dialAny: Dial): Promise<void> | undefined {
    const { sandboxId } = lane
    // Only HTTP/1.1 changes over to WebSocket: such requests have lanes of their own, on which nothing else is offered.
    const key = this.mayUpgrade ? `${lane.key} upgrade` : lane.key
    const dial: Dial = this.mayUpgrade ? () => dialAny(['http/1.1']) : dialAny
    const isSafe = idempotent.has(this.#client.method)
    this.#service = this.#pool.take(key, isSafe)
    this.#isSafe = isSafe
    this.#again = () => this.#pool.open(key, sandboxId, dial)
    return this.#service === undefined ? this.#dial(key, sandboxId, dial) : undefined
  }

  relay(
    head: OutboundHead,
    rules: ReplyRules | undefined,
    settle: (outcome: Outcome) => Promise<void>,
    ending: Ending,
    plan?: UpgradePlan,
    declines?: (status: number) => boolean,
  ): Promise<number | undefined> {
    const service = this.#service
    if (service === undefined) throw new TypeError('relay before open')
    this.#service = undefined
    const upgrade = plan && new Upgrade(plan, rules)
    this.#upgrade = upgrade
    const { method, target } = head
    const sent = upgrade === undefined ? head : { method, target, fields: upgrade.requestFields(head.fields) }
    this.#relay = new Relay({
      client: this.#client,
      service,
      again: this.#again!,
      isSafe: this.#isSafe,
      held: this.#held,
      watch: this.#watch,
      caps: this.#caps,
      rules,
      settle,
      ending,
      upgrade,
      declines,
    })
    return this.#relay.run(sent)
  }

  holdTo(caps: BodyCaps): void {
    this.#caps = caps
  }

  progress(): Progress {
    return this.#relay?.progress() ?? {}
  }

  close(): void {
    // SECURITY: it was opened for what is forbidden by now, or ended: nobody else gets it.
    this.#service?.destroy()
    this.#service = undefined
  }

  refuse(refusal: Refusal, exchangeId: string, further: Readonly<Record<string, string>> = {}): void {
    if (this.hasSwitched) return void this.#upgrade?.farewell(refusal)
    const { status, headers, body } = problemResponse(refusal, exchangeId)
    void this.answer({
      status,
      headers: { ...headers, ...this.#client.refusalFields?.(refusal), ...further },
      body: Buffer.from(body),
    })
  }

  async answer({ status, headers, body }: OwnReply): Promise<void> {
    const client = this.#client
    // A response has begun: only a reset tells the client that it is not whole, even where its end is that of the connection.
    if (client.hasResponded || client.isGone) return client.reset()
    if (!client.isRequestComplete) client.closeBehind()
    client.takeBody(deaf)
    const fields = Object.entries(headers).map(([name, value]) => ({ name, value }))
    const hasBody = client.method !== 'HEAD' && status !== 204 && status !== 304
    client.respond(status, '', fields, hasBody ? 'sized' : 'none')
    client.end(hasBody ? body : undefined, [])
  }

  /** @returns what forbids a body of this length, if something does */
  #admit(caps: BodyCaps): Refusal | undefined {
    const client = this.#client
    const { framing } = client
    this.#caps = caps
    const tooLong = framing.kind === 'length' ? requestTooLong(caps, framing.length) : undefined
    // The verdict on the head is reached: a client that asked before sending its body may send it now.
    if (tooLong === undefined && client.expectsContinue) client.inform(100, [])
    return tooLong
  }

  async #dial(lane: string, sandboxId: string, dial: Dial): Promise<void> {
    this.#service = await this.#pool.open(lane, sandboxId, dial)
  }

  /** @throws CoatcheckError `body_unreadable` | `request_body_too_large` */
  async #holdUnsized(ending: Ending): Promise<undefined> {
    this.#held = await this.#collect((length) => {
      const tooLong = requestTooLong(this.#caps, length)
      if (tooLong !== undefined) throw new RefusedError(tooLong)
      if (length > maxHeldBytes) throw new RefusedError(bodyNotHeld())
    }, ending)
    this.#isHeldUnsized = true
  }

  /** @returns whether all of the body came @throws what `add` throws */
  async #holdBeginning(beginning: BodyBeginning, ending: Ending): Promise<boolean> {
    const client = this.#client
    if (client.isRequestComplete) {
      for (const chunk of client.takeBody(deaf)) beginning.add(chunk)
      return true
    }
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    let isOver = false
    const take = (chunk: Buffer): void => {
      try {
        if (!beginning.add(chunk)) return
        isOver = true
        client.leaveBody()
        resolve(false)
      } catch (error) {
        reject(error)
      }
    }
    const abort = (): void => reject(ending.reason)
    ending.onEnd(abort)
    const early = client.takeBody({
      ...deaf,
      onBody: take,
      onBodyEnd: () => resolve(true),
      onBodyFault: faulty(reject),
    })
    try {
      if (early.length > 0) take(Buffer.concat(early))
      if (!isOver) client.resume()
      return await promise
    } finally {
      ending.offEnd(abort)
    }
  }

  async #hold(watch: BodyWatch, ending: Ending, use: Exchange['placedBody']): Promise<Refusal | undefined> {
    const held: Buffer[] = []
    await this.#take((chunk) => {
      held.push(chunk)
      watch.write(chunk)
    }, ending)
    this.#held = held
    return use === undefined ? verdictOf(watch) : undefined
  }

  /** The whole body, in copies of its chunks. @param check is told the length so far @throws what `check` throws */
  async #collect(check: (length: number) => void, ending: Ending): Promise<Buffer[]> {
    const chunks: Buffer[] = []
    let length = 0
    const take = (chunk: Buffer): void => {
      length += chunk.length
      check(length)
      chunks.push(Buffer.from(chunk))
    }
    if (this.#client.isRequestComplete) this.#client.takeBody(deaf).forEach(take)
    else await this.#take(take, ending)
    return chunks
  }

  /** Reads the body to its end. @throws what `take` throws */
  async #take(take: (chunk: Buffer) => void, ending: Ending): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = (): void => reject(ending.reason)
    ending.onEnd(abort)
    const early = this.#client.takeBody({
      onBody(chunk) {
        try {
          take(chunk)
        } catch (error) {
          reject(error)
        }
      },
      onBodyEnd: resolve,
      onBodyFault: faulty(reject),
      onClientDrain() {},
    })
    try {
      for (const chunk of early) take(chunk)
      this.#client.resume()
      await promise
    } finally {
      ending.offEnd(abort)
    }
  }
}

/** Hears nothing: what comes is dropped. */
const deaf: ClientListener = {
  onBody() {},
  onBodyEnd() {},
  onBodyFault() {},
  onClientDrain() {},
}

function faulty(reject: (error: Error) => void): (reason: string) => void {
  return (reason) => reject(new CoatcheckError('request_malformed', { reason }))
}

function verdictOf(watch: BodyWatch): Refusal | undefined {
  return watch.found === undefined ? undefined : refuseAndReport('placeholder_undeclared_place', { place: 'body' })
}
