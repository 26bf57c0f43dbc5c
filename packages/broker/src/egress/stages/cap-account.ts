import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import type { Amounts } from '../../caps/amounts.ts'
import type { CapDesk, CapHold } from '../../caps/cap-desk.ts'
import type { Measured } from '../../caps/measure-call.ts'
import { type MeterPlan, ReplyMeter } from '../../caps/reply-meter.ts'
import { applicableCaps } from '../applicable-caps.ts'
import type { BodyCaps } from '../body-caps.ts'
import type { Exchange, OutboundHead, Outcome, Progress, ReplyRules } from '../exchange.ts'
import type { PipelineServices } from '../pipeline.ts'
import { type Refusal, RefusedError, refuse } from '../refusal.ts'
import { measureExchange } from './measure-exchange.ts'

/** What an account needs from the rest of the broker. */
type CapServices = Pick<PipelineServices, 'bodyCaps' | 'caps' | 'prices'>

/** A request as it leaves, and what becomes of its response. */
interface MeteredRequest {
  readonly head: OutboundHead
  readonly rules: ReplyRules | undefined
}

/**
 * What caps hold for one request, from before its intent to its end. SECURITY: each time that a request goes upstream is held for
 * anew, and what is not known to have come to less counts as it was held.
 */
export class CapAccount {
  /** Bytes of it may have left. */
  isSent = false
  readonly #desk: CapDesk
  readonly #exchange: Exchange
  readonly #amounts: Amounts
  readonly #plan: MeterPlan | undefined
  #meter: ReplyMeter | undefined
  #holds: readonly CapHold[]
  #errors = 0

  private constructor(exchange: Exchange, desk: CapDesk, { amounts, plan }: Measured, hold: CapHold) {
    this.#exchange = exchange
    this.#desk = desk
    this.#amounts = amounts
    this.#plan = plan
    this.#holds = [hold]
  }

  /**
   * Holds for a request; undefined where no cap stands on it.
   * @throws CoatcheckError `cap_reached` | `cap_unmeasured` | `storage_unavailable`
   */
  static async open(exchange: Exchange, { bodyCaps, caps, prices }: CapServices): Promise<CapAccount | undefined> {
    const grantIds = exchange.attachments.map(({ grant }) => grant.grant.id)
    const standing = applicableCaps(exchange.routes, grantIds)
    if (standing.length === 0) return undefined
    // SECURITY: a cap that nobody counts lets nothing through.
    if (caps === undefined) throw new CoatcheckError('internal')
    const measured = measureExchange(exchange, standing, prices, exchange.carrier.wholeBody())
    const { amounts } = measured
    // What comes behind a change of protocol has no end that could be held for.
    if (exchange.upgrade !== undefined && standing.some(({ cap }) => cap.unit === 'bytes'))
      throw new CoatcheckError('cap_unmeasured', {
        counts: 'bytes',
        reason: 'the connection changes over to WebSocket',
      })
    const hold = await caps.reserve({ sandboxId: exchange.arrival.sandboxId, grantIds, amounts })
    if (hold.maxBytes !== undefined) exchange.carrier.holdTo(limited(bodyCaps, hold.maxBytes, amounts.bytes))
    return new CapAccount(exchange, caps, measured, hold)
  }

  /** Holds under caps that have come into being since. @throws CoatcheckError as `open` does */
  static async widen(exchange: Exchange, services: CapServices): Promise<void> {
    const { account } = exchange
    if (account === undefined) exchange.account = await CapAccount.open(exchange, services)
    else await account.#reserve(account.#holds.flatMap(({ keys }) => keys))
  }

  /**
   * From here on, bytes of the request may leave. @returns head and rules with which it does: a reply that says what it cost is asked
   * for as it is, and watched
   */
  send(head: OutboundHead, rules: ReplyRules | undefined): MeteredRequest {
    this.isSent = true
    if (this.#plan === undefined || rules === undefined) return { head, rules }
    this.#meter = new ReplyMeter(this.#plan)
    const { rendered: _, ...bare } = head
    const fields = head.fields.filter(({ name }) => name.toLowerCase() !== 'accept-encoding')
    return {
      head: { ...bare, fields: [...fields, { name: 'Accept-Encoding', value: 'identity' }] },
      rules: { ...rules, meter: this.#meter },
    }
  }

  /** Holds for sending it once more: nobody knows what became of the first time. @throws CoatcheckError as `open` does */
  async again(): Promise<void> {
    const before = Math.min(...this.#holds.map(({ maxBytes = Number.POSITIVE_INFINITY }) => maxBytes))
    this.#end({ errors: 0 })
    await this.#reserve([])
    const now = this.#holds.map(({ maxBytes = Number.POSITIVE_INFINITY }) => maxBytes)
    if (Math.min(...now) < before) throw new RefusedError(bytesReached(Math.min(...now)))
  }

  /** Counts what an exchange came to that has a response. */
  settle({ bytesSent, bytesReceived, upstreamStatus }: Outcome): void {
    const errors = upstreamStatus !== undefined && (upstreamStatus >= 500 || upstreamStatus === 429) ? 1 : 0
    this.#end({ ...this.#meter?.amounts(), errors, bytes: bytesSent + bytesReceived })
  }

  /** Says why it failed. */
  fail(code: ProblemCode): void {
    if (code.startsWith('upstream_') || code === 'destination_unresolved') this.#errors = 1
  }

  /** Counts what it came to where it was not settled; nothing but its failure where nothing of it left. */
  close({ bytesSent = 0, bytesReceived = 0 }: Progress): void {
    const errors = this.#errors
    if (this.isSent) this.#end({ errors, bytes: bytesSent + bytesReceived })
    else this.#end({ errors, requests: 0, bytes: 0, usd: 0, tokens: 0, emails: 0 })
  }

  async #reserve(except: readonly string[]): Promise<void> {
    const { arrival, attachments } = this.#exchange
    const grantIds = attachments.map(({ grant }) => grant.grant.id)
    const ask = { sandboxId: arrival.sandboxId, grantIds, amounts: this.#amounts, except }
    this.#holds = [...this.#holds, await this.#desk.reserve(ask)]
  }

  #end(actual: Amounts): void {
    for (const { id } of this.#holds) this.#desk.settle(id, actual)
    this.#holds = []
  }
}

/** The longest bodies that may be carried where both together may have so many bytes. */
function limited(caps: BodyCaps, maxBytes: number, requestBytes: number | undefined): BodyCaps {
  const forRequest = requestBytes ?? Math.floor(maxBytes / 2)
  return {
    maxRequestBytes: Math.min(caps.maxRequestBytes, forRequest),
    maxResponseBytes: Math.min(caps.maxResponseBytes, maxBytes - forRequest),
    reached: bytesReached(maxBytes),
  }
}

function bytesReached(maxBytes: number): Refusal {
  return refuse('cap_reached', { counts: 'bytes', perRequest: maxBytes })
}
