import { type ClientHttp2Session, connect, constants } from 'node:http2'
import type { Duplex } from 'node:stream'
import { connectionWindowBytes } from './client-limits.ts'
import { Http2Service } from './http2-service.ts'

const { NGHTTP2_NO_ERROR } = constants

/** Streams at a time, for as long as a service has not said how many it takes; what is common. */
const assumedStreams = 100
/** An idle connection is asked whether it is still there when it was not used for this long. */
const surelyOpenMs = 5_000
/** For the answer to that. */
const answerMs = 10_000
/** Fields of a response, interim ones and trailers each. */
const maxFields = 256

const options = {
  maxHeaderListPairs: maxFields,
  maxSessionInvalidFrames: 100,
  maxSessionMemory: 64,
  strictSingleValueFields: false,
  settings: { enablePush: false, initialWindowSize: 256 * 1024, maxHeaderListSize: 64 * 1024 },
}

/** A connection to a service that speaks HTTP/2, for exchanges of one lane, many at a time. */
export class ServiceSession {
  /** When the last stream ended; meaningless while there is one. */
  idleSinceMs: number
  readonly #session: ClientHttp2Session
  readonly #now: () => number
  #streams = 0
  #uses = 0
  #isSettled = false
  #isRetired = false
  #lastSeen = Number.POSITIVE_INFINITY

  /** `onEnd` is called once, when nothing more can begin on it. */
  constructor(duplex: Duplex, onEnd: () => void, now: () => number) {
    this.#now = now
    this.idleSinceMs = now()
    // The name is never used: every request says where it goes.
    this.#session = connect('https://service.invalid', { ...options, createConnection: () => duplex })
    this.#session
      .once('connect', () => this.#session.setLocalWindowSize(connectionWindowBytes))
      .once('remoteSettings', () => {
        this.#isSettled = true
      })
      .on('goaway', (_code: number, lastStreamId: number) => {
        this.#lastSeen = lastStreamId
        this.#retire()
        onEnd()
      })
      // Each stream hears of it by itself.
      .on('error', () => {})
      .once('close', onEnd)
  }

  /** Streams that could begin now. */
  get room(): number {
    if (this.#isRetired || this.#session.closed || this.#session.destroyed) return 0
    const limit = this.#isSettled
      ? (this.#session.remoteSettings.maxConcurrentStreams ?? assumedStreams)
      : assumedStreams
    return limit - this.#streams
  }

  get isIdle(): boolean {
    return this.#streams === 0
  }

  /** Takes room for one exchange. */
  reserve(): Http2Service {
    if (this.isIdle && this.#now() - this.idleSinceMs > surelyOpenMs) this.#prove()
    this.#streams += 1
    this.#uses += 1
    return new Http2Service(this, this.#uses > 1)
  }

  /** Begins a stream. */
  request(head: readonly string[], endStream: boolean): ReturnType<ClientHttp2Session['request']> {
    return this.#session.request(head, { endStream })
  }

  /** Gives room back. */
  leave(): void {
    this.#streams -= 1
    if (this.#streams > 0) return
    this.idleSinceMs = this.#now()
    if (this.#isRetired) this.#close()
  }

  /** SECURITY: nothing new begins on it; what is under way is ended by those whose it is, and the connection with the last of them. */
  retire(): void {
    this.#retire()
    if (this.isIdle) this.#close()
  }

  /** Whether the service said that it did not begin with this stream. */
  isUnseen(streamId: number | undefined): boolean {
    return streamId !== undefined && streamId > this.#lastSeen
  }

  #retire(): void {
    this.#isRetired = true
  }

  /** A connection that vanished without a word would let what travels on it wait for ever. */
  #prove(): void {
    const overdue = setTimeout(() => this.#session.destroy(new Error('no answer to a ping')), answerMs).unref()
    if (!this.#session.ping(() => clearTimeout(overdue))) clearTimeout(overdue)
  }

  #close(): void {
    if (!this.#session.destroyed) this.#session.destroy(undefined, NGHTTP2_NO_ERROR)
  }
}
