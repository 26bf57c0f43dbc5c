import type { Socket } from 'node:net'
import type { Destination } from '../foundation/destination.ts'
import type { HeaderField } from '../http/header-field.ts'
import type { Carrier } from './exchange.ts'
import type { Refusal } from './refusal.ts'

/** What was made of a head, for requests with the same head that go to the same destination. */
export interface HeadNotes {
  destination?: Destination
  text: string
}

/** A request as it came in, in whatever version of HTTP. */
export interface ArrivedRequest {
  readonly method: string
  /** Request target as it was sent. */
  readonly target: string
  readonly fields: readonly Readonly<HeaderField>[]
  /** Shared by requests with the same head, where those are known to be the same. */
  readonly notes?: HeadNotes | undefined
  readonly carrier: Carrier
  /** Other requests share the connection at the same time, so that the end of this one is not the end of the connection. */
  readonly isMultiplexed?: boolean
  /** Why it cannot be taken for a request, where the connection goes on all the same. */
  readonly refusal?: Refusal
  /** Has the connection closed once the answer is out. */
  closeBehind(): void
  /** Calls back once, when the client goes away before it has its answer. */
  onGone(heard: () => void): void
}

/** A request for a tunnel (RFC 9110 §9.3.6). */
export interface ConnectRequest {
  readonly target: string
  readonly fields: readonly Readonly<HeaderField>[]
  /** Whether a refusal may leave the connection open: nothing follows the request that could be taken for its content. */
  readonly staysOpen: boolean
}

/** What is done with what comes in on connections that speak HTTP. None of it rejects. */
export interface HttpHandlers<Context> {
  /**
   * Whether equal heads are read only once. SECURITY: heads are compared as memory is, so not where they say who is calling:
   * the time of that would tell how much of a guessed token is right.
   */
  readonly remembersHeads?: boolean
  /** Requests of one connection come one after the other: the next when the answer to this one is out. */
  onRequest(arrived: ArrivedRequest, context: Context): void
  /** `socket` is no longer read as HTTP, and what was read already was put back. */
  onConnect(request: ConnectRequest, socket: Socket, context: Context): void
  /** Bytes that are no request; nothing else is read from the connection. */
  onMalformed(socket: Socket, refusal: Refusal, context: Context): void
  /** A connection was ended over what came on it, and nobody can be answered. Over HTTP/2 only. */
  onBroken?(refusal: Refusal, context: Context): void
}

/** Speaks HTTP on connections that somebody else accepted. */
export interface HttpConnections<Context> {
  /** Takes over a connection; `tcp` carries it, and is the same one where nothing lies between. */
  serve(connection: Socket, tcp: Socket, context: Context): void
}

/** A way to speak HTTP: the product's own, or the reference that it is compared with. */
export interface HttpPlane {
  /** What clients are offered inside TLS that ends here, as ALPN has it. */
  readonly protocols: readonly string[]
  connections<Context>(handlers: HttpHandlers<Context>): HttpConnections<Context>
  /** Closes idle connections to services that were opened for this sandbox. */
  forget(sandboxId: string): void
}
