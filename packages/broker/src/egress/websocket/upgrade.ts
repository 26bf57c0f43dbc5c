import type { Duplex } from 'node:stream'
import { CoatcheckError } from '@coatcheck/contract'
import type { HeaderField } from '../../http/header-field.ts'
import type { Ending } from '../ending.ts'
import type { Outcome, Progress, ReplyRules } from '../exchange.ts'
import { forwardedResponseFields } from '../forwarded-fields.ts'
import type { Refusal } from '../refusal.ts'
import { type Compression, type CompressionOffer, noOffer, readChoice, readOffer } from './compression-offer.ts'
import type { FrameGuard } from './frame-guard.ts'
import { FrameScrub } from './frame-scrub.ts'
import { completes, type Handshake } from './handshake.ts'
import { Splice } from './splice.ts'
import { type FrameSwap, SwappingGuard } from './swapping-guard.ts'
import { WatchingGuard } from './watching-guard.ts'

/** What was decided about the frames that may follow a request. */
export interface UpgradePlan {
  readonly handshake: Handshake
  /** Placeholders that are looked for in frames. */
  readonly placeholders: readonly string[]
  /** Those that are replaced in text messages. */
  readonly swaps: readonly FrameSwap[]
}

/** Both connections, once the protocol has changed. */
export interface SwitchedConnections {
  readonly client: Duplex
  readonly service: Duplex
}

const changeOver: readonly HeaderField[] = [
  { name: 'Upgrade', value: 'websocket' },
  { name: 'Connection', value: 'Upgrade' },
]

/** One change over to WebSocket, from the request to the end of the connection. */
export class Upgrade {
  readonly #plan: UpgradePlan
  readonly #rules: ReplyRules | undefined
  #offer: CompressionOffer = noOffer
  #compression: Compression | undefined
  #splice: Splice | undefined

  /** @param rules where a secret is attached, to the request or in frames */
  constructor(plan: UpgradePlan, rules: ReplyRules | undefined) {
    this.#plan = plan
    this.#rules = rules
  }

  /** Frames are being carried, or were. */
  get hasSwitched(): boolean {
    return this.#splice !== undefined
  }

  /** The fields of the request as they leave. SECURITY: who changes the protocol is said by the broker itself. */
  requestFields(forwarded: readonly HeaderField[]): HeaderField[] {
    // SECURITY: messages in which something is replaced must be readable, so compression is not offered for them.
    this.#offer = this.#plan.swaps.length > 0 ? noOffer : readOffer(forwarded)
    const { value } = this.#offer
    const fields = forwarded.filter(({ name }) => name.toLowerCase() !== 'sec-websocket-extensions')
    const offered = value === undefined ? [] : [{ name: 'Sec-WebSocket-Extensions', value }]
    return [...fields, ...offered, ...changeOver]
  }

  /**
   * The fields of the answer as the client gets them.
   * @throws CoatcheckError `upstream_malformed` for an answer to something that was not asked
   */
  answerFields(fields: readonly HeaderField[]): HeaderField[] {
    if (!completes(fields, this.#plan.handshake)) throw malformed('handshake not completed')
    const choice = readChoice(fields, this.#offer)
    if (choice === undefined) throw malformed('extension that was not offered')
    this.#compression = choice === 'none' ? undefined : choice
    const forwarded = forwardedResponseFields(fields, this.#rules)
    return [...changeOver, ...(this.#rules?.scrubber.fields(forwarded).fields ?? forwarded)]
  }

  /** Carries frames until the connection ends; see `Splice.run`. */
  carry(
    { client, service }: SwitchedConnections,
    settle: (outcome: Outcome) => Promise<void>,
    ending: Ending,
  ): Promise<void> {
    this.#splice = new Splice({ client, service, guard: this.#guard(), replies: this.#replies(), settle, ending })
    return this.#splice.run()
  }

  /** How far it got, once it has switched. */
  progress(): Progress {
    return this.#splice?.progress() ?? {}
  }

  /** Tells both sides why it is over. */
  farewell(refusal: Refusal): void {
    this.#splice?.farewell(refusal)
  }

  #replies(): FrameScrub | undefined {
    return this.#rules && new FrameScrub(this.#rules.scrubber, this.#compression)
  }

  #guard(): FrameGuard {
    const { placeholders, swaps } = this.#plan
    return swaps.length > 0
      ? new SwappingGuard(placeholders, swaps)
      : new WatchingGuard(placeholders, this.#compression)
  }
}

function malformed(reason: string): CoatcheckError {
  return new CoatcheckError('upstream_malformed', { reason })
}
