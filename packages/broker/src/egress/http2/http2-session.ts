import { constants, performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { systemClock } from '../../foundation/clock.ts'
import { RateLimiter } from '../../foundation/rate-limiter.ts'
import type { HttpHandlers } from '../http-plane.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { ServiceSource } from '../relay/service-source.ts'
import { StreamCarrier } from '../relay/stream-carrier.ts'
import { type ClientLimits, clientSessionOptions, connectionWindowBytes } from './client-limits.ts'
import { Http2Client } from './http2-client.ts'
import { readStreamRequest } from './read-request.ts'

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants

/** Who has room for streams. */
export interface StreamKeeper {
  readonly services: ServiceSource
  readonly limits: ClientLimits
  enter(): boolean
  leave(): void
}

/** One connection of a client that speaks HTTP/2: its requests, many at a time. */
export class Http2Session<Context> {
  readonly #session: ServerHttp2Session
  readonly #connection: Socket
  readonly #tcp: Socket
  readonly #context: Context
  readonly #handlers: HttpHandlers<Context>
  readonly #keeper: StreamKeeper
  readonly #resets: RateLimiter
  #streams = 0
  /** Heads that were told of, and those that were found not to be. */
  #heads = 0
  /** Bytes both ways, when they were last looked at, and since when they are so many, in milliseconds. */
  #bytes = 0
  #silentSinceMs = performance.now()
  #isOver = false

  constructor(
    connection: Socket,
    tcp: Socket,
    context: Context,
    handlers: HttpHandlers<Context>,
    keeper: StreamKeeper,
  ) {
    // The handshake is over; of Node's own, only a `tls.Server` says so, and a session waits for that.
    Object.assign(connection, { secureConnecting: false })
    this.#session = performServerHandshake(connection, clientSessionOptions)
    this.#connection = connection
    this.#tcp = tcp
    this.#context = context
    this.#handlers = handlers
    this.#keeper = keeper
    this.#resets = new RateLimiter(systemClock, keeper.limits.resets)
  }

  /** Starts reading. */
  begin(): void {
    const session = this.#session
    const pings = new RateLimiter(systemClock, this.#keeper.limits.pings)
    const settings = new RateLimiter(systemClock, this.#keeper.limits.settings)
    // Not by Node's timer of a session: it outlives the session, and keeps all of it in memory.
    const looking = setInterval(() => this.#look(), this.#keeper.limits.everyMs).unref()
    session.setLocalWindowSize(connectionWindowBytes)
    session
      .on('stream', (stream, _headers, flags, raw) => this.#begin(stream, flags, raw as unknown as readonly string[]))
      .on('ping', () => pings.take('') === undefined || this.#calm('too many pings'))
      .on('remoteSettings', () => settings.take('') === undefined || this.#calm('too many settings'))
      .on('error', (error: NodeJS.ErrnoException) => this.#broken(error))
      .on('close', () => {
        clearInterval(looking)
        this.#tcp.destroy()
      })
  }

  #begin(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    this.#heads += 1
    if (!this.#keeper.enter()) {
      stream.on('error', () => {}).close(NGHTTP2_REFUSED_STREAM)
      return
    }
    this.#streams += 1
    stream.once('close', () => this.#ended(stream, client))
    const isWhole = (flags & NGHTTP2_FLAG_END_STREAM) !== 0
    const request = readStreamRequest(raw, isWhole)
    const client = new Http2Client(stream, request, isWhole)
    const refusal = request.fault === undefined ? {} : { refusal: malformed(request.fault) }
    this.#handlers.onRequest(
      {
        method: request.method,
        target: request.target,
        fields: request.fields,
        carrier: new StreamCarrier(client, this.#keeper.services),
        isMultiplexed: true,
        ...refusal,
        closeBehind: () => this.#closeBehind(),
        onGone: (heard) => client.onGone(heard),
      },
      this.#context,
    )
  }

  /** What is under way goes on; nothing else begins. */
  #closeBehind(): void {
    if (!this.#session.destroyed && !this.#session.closed) this.#session.close()
  }

  #ended({ rstCode }: ServerHttp2Stream, { wasReset }: Http2Client): void {
    this.#streams -= 1
    this.#keeper.leave()
    if (rstCode === NGHTTP2_NO_ERROR || wasReset || this.#isOver || this.#session.destroyed) return
    // SECURITY: a request that is broken off at once costs the client nothing, and the broker a dial (CVE-2023-44487).
    if (this.#resets.take('') !== undefined) this.#calm('too many resets')
  }

  #look(): void {
    const { bytesRead, bytesWritten } = this.#connection
    const bytes = bytesRead + bytesWritten
    if (bytes === this.#bytes) {
      this.#endSilent()
      return
    }
    this.#bytes = bytes
    this.#silentSinceMs = performance.now()
    this.#countUnseen()
  }

  #endSilent(): void {
    const { idleMs, silentMs } = this.#keeper.limits
    const mostMs = this.#streams === 0 ? idleMs : silentMs
    if (performance.now() - this.#silentSinceMs >= mostMs) this.#session.destroy()
  }

  /**
   * SECURITY: a head that unfolds to more than is taken is broken off by Node, which tells nobody. It counts like those that
   * the client breaks off: it costs as little to send, and more to read.
   */
  #countUnseen(): void {
    // Streams of a client have odd numbers, one after the other (RFC 9113 §5.1.1).
    const heads = ((this.#session.state.lastProcStreamID ?? 0) + 1) / 2
    for (; this.#heads < heads; this.#heads += 1) {
      if (this.#resets.take('') !== undefined) return void this.#calm('too many resets')
    }
  }

  #calm(reason: string): void {
    this.#end(refuse('rate_limited', { reason }), NGHTTP2_ENHANCE_YOUR_CALM)
  }

  #broken({ code = '' }: NodeJS.ErrnoException): void {
    // Node's and nghttp2's own errors: what came is no HTTP/2. Those of the socket are nothing that a client did.
    if (code === 'ERR_HTTP2_ERROR' || code.startsWith('ERR_HTTP2_TOO_MANY')) this.#end(malformed('http2'))
    else this.#isOver = true
  }

  #end(refusal: Refusal, code?: number): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#handlers.onBroken?.(refusal, this.#context)
    if (code === undefined || this.#session.destroyed) return
    // Node takes an error that is undefined for the code zero, and forgets the one behind it.
    this.#session.destroy(null as unknown as Error, code)
  }
}

function malformed(reason: string): Refusal {
  return refuse('request_malformed', { reason })
}
