import type { Duplex } from 'node:stream'
import type { BodyFraming } from '../../http/body-framing.ts'
import type { HeaderField } from '../../http/header-field.ts'
import type { OutboundHead } from '../exchange.ts'
import type { Refusal } from '../refusal.ts'

/** Hears what a client sends behind the head of a request, and what becomes of its connection. */
export interface ClientListener {
  onBody(chunk: Buffer): void
  onBodyEnd(): void
  /** What came is no body. No more will come. */
  onBodyFault(reason: string): void
  /** The client takes more of the response. */
  onClientDrain(): void
}

/** The client's half of one exchange, in whatever version of HTTP. */
export interface ClientStream {
  readonly method: string
  readonly framing: BodyFraming
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectsContinue: boolean
  /** Every byte of the request has come. */
  readonly isRequestComplete: boolean
  /** Something of a final response has left. */
  readonly hasResponded: boolean
  readonly isGone: boolean
  /** The request asks to change over to another protocol, and the connection can. */
  readonly mayUpgrade?: boolean
  /** Says that the protocol changes, and gives the connection away, with whatever came behind the request. */
  switchOver?(fields: readonly HeaderField[]): Duplex
  /** What a refusal says beside the problem, in the protocol that the request speaks. */
  refusalFields?(refusal: Refusal): Readonly<Record<string, string>>
  /** Takes what came of the body so far; from now on the listener gets it. */
  takeBody(listener: ClientListener): readonly Buffer[]
  /** Gives back what is still to come of the body: it waits for whoever takes it next. */
  leaveBody(): void
  pause(): void
  resume(): void
  /** Sends an interim response (RFC 9110 §15.2). */
  inform(status: number, fields: readonly HeaderField[]): void
  /** Begins the response; the head may wait for what comes next, until `flush`. `fields` have the length where it is known. */
  respond(status: number, reason: string, fields: readonly HeaderField[], body: ResponseBody): void
  flush(): void
  /** @returns false when the listener's `onClientDrain` should be waited for */
  write(chunk: Buffer): boolean
  /** Completes the response. @returns as `write` does */
  end(last: Buffer | undefined, trailers: readonly HeaderField[]): boolean
  /** Has the connection closed once the answer is out. */
  closeBehind(): void
  /** Breaks the response off, so that the client cannot take it for whole. */
  reset(): void
}

/** Whether a response has a body, and whether its fields say how long it is. */
export type ResponseBody = 'none' | 'sized' | 'unsized'

/** The head of a response of a service. */
export interface ServiceResponse {
  readonly status: number
  readonly reason: string
  readonly fields: HeaderField[]
  readonly framing: BodyFraming
}

/** Hears what a service answers. */
export interface ServiceListener {
  onInformation(status: number, fields: HeaderField[]): void
  /** @param raw bytes of the head as they came; valid for this call, and absent where texts are coded in another way */
  onResponse(response: ServiceResponse, raw?: Buffer): void
  onData(chunk: Buffer): void
  /** The response is complete. */
  onEnd(trailers: readonly HeaderField[]): void
  /** Everything that came at once was told. */
  onPause(): void
  /** The service takes more of the request. */
  onServiceDrain(): void
  /** The exchange cannot be brought to its end; nothing else is told. `isUnseen`: the service says that it did not begin with it. */
  onFailure(error: unknown, isUnseen?: boolean): void
}

/** The service's half of one exchange. */
export interface ServiceStream {
  /** Was used before, so that the service may have closed it without our knowing. */
  readonly isReused: boolean
  /** Sends a request; with `whole`, all of its body too. */
  send(head: OutboundHead, framing: BodyFraming, whole: Buffer | undefined, listener: ServiceListener): boolean
  /** @returns false when `onServiceDrain` should be waited for */
  write(chunk: Buffer): boolean
  endBody(): void
  pause(): void
  resume(): void
  /** After a response 101: gives the connection away, with whatever came behind it. */
  takeOver?(): Duplex
  /** The exchange is over; the connection is kept for another one where that can be. */
  release(): void
  destroy(): void
}
