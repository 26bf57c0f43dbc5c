import type { Socket } from 'node:net'
import type { Seated } from '../../foundation/roster.ts'
import { ChunkedDecoder } from '../../http/chunked-decoder.ts'
import { findHeadEnd, maxHeadBytes } from '../../http/head-end.ts'
import { type ParsedRequest, parseRequestHead } from '../../http/parse-request-head.ts'
import type { RememberedHead, RememberedHeads } from '../../http/remembered-heads.ts'
import type { ArrivedRequest, HeadNotes, HttpHandlers } from '../http-plane.ts'
import { refuse } from '../refusal.ts'
import type { ServiceSource } from '../relay/service-source.ts'
import { StreamCarrier } from '../relay/stream-carrier.ts'
import { Http1Client } from './http1-client.ts'

/** A head, and what is noted for others that are equal. */
type ReadHead = Pick<RememberedHead<HeadNotes>, 'request'> & Partial<RememberedHead<HeadNotes>>

/** Who holds a session. */
export interface SessionKeeper {
  readonly heads: RememberedHeads<HeadNotes> | undefined
  readonly pool: ServiceSource
  readonly nowMs: number
  leave(session: unknown): void
}

/** Bytes behind a request that wait for its answer; with more of them, the client waits too. */
const maxAheadBytes = 64 * 1024
/** How long a client that got its answer may go on sending its request body. SECURITY: what was revoked is closed within a second (N2). */
const lingerMs = 800

/** One connection of a client that speaks HTTP/1.1: its requests, one after the other. */
export class Http1Session<Context> implements Seated {
  seat = -1
  /** When something last moved, in the keeper's time. */
  movedAtMs: number
  readonly #socket: Socket
  readonly #tcp: Socket
  readonly #context: Context
  readonly #handlers: HttpHandlers<Context>
  readonly #keeper: SessionKeeper
  readonly #onData = (chunk: Buffer): void => this.#read(chunk)
  readonly #onEnd = (): void => this.#inputEnded()
  readonly #onClose = (): void => this.#closed()
  readonly #onError = (): void => {}
  readonly #onDrain = (): void => this.#client?.drained()
  /** Bytes that were not read yet. */
  #unread: Buffer | undefined
  /** Bytes of `#unread` in which no head ends. */
  #searched = 0
  #client: Http1Client | undefined
  /** Bytes of the request body that are to come. */
  #left = 0
  #chunked: ChunkedDecoder | undefined
  #requests = 0
  #isInputOver = false
  #isClosing = false
  /** The answer is out, and the request is not in yet. */
  #isAnswered = false
  #linger: NodeJS.Timeout | undefined

  constructor(socket: Socket, tcp: Socket, context: Context, handlers: HttpHandlers<Context>, keeper: SessionKeeper) {
    this.#socket = socket
    this.#tcp = tcp
    this.#context = context
    this.#handlers = handlers
    this.#keeper = keeper
    this.movedAtMs = keeper.nowMs
  }

  /** What would have to come next. */
  get waitsFor(): 'head' | 'request' | 'end' {
    if (this.#client !== undefined) return 'end'
    return this.#unread === undefined && this.#requests > 0 ? 'request' : 'head'
  }

  get socket(): Socket {
    return this.#socket
  }

  /** Starts reading. */
  begin(): void {
    if (this.#socket === this.#tcp) this.#socket.allowHalfOpen = true
    this.#socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('close', this.#onClose)
      .on('error', this.#onError)
      .on('drain', this.#onDrain)
      .resume()
  }

  /** Ends a connection on which nothing moves. */
  giveUp(): void {
    this.#socket.destroy()
  }

  /** Breaks the connection off, so that nobody takes what was sent for whole. */
  reset(): void {
    this.#tcp.resetAndDestroy()
  }

  /** Notes that something moved. */
  moved(): void {
    this.movedAtMs = this.#keeper.nowMs
  }

  /** Reads the request body on. */
  resumeBody(): void {
    this.#socket.resume()
  }

  /** The answer to the present request is out. */
  answered(client: Http1Client, closes: boolean): void {
    if (client !== this.#client) return
    this.#isClosing ||= closes
    if (client.isRequestComplete) return void this.#completed()
    // Closing a connection on which bytes are still arriving would take back the answer: they are read for a while, and dropped.
    this.#isAnswered = true
    if (this.#isClosing) this.#linger = setTimeout(() => this.#end(), lingerMs)
    this.#socket.resume()
  }

  /** The connection speaks something else from now on, and is somebody else's. */
  giveAway(): void {
    const rest = this.#unread
    this.#unread = undefined
    this.#client = undefined
    this.#detach()
    if (rest !== undefined) this.#socket.unshift(rest)
  }

  /** Request and answer are through. */
  #completed(): void {
    this.#client = undefined
    this.#isAnswered = false
    this.moved()
    // A client that said everything before it half closed gets an answer to everything.
    if (this.#isClosing || (this.#isInputOver && !this.#hasHead())) this.#end()
    else this.#next()
  }

  #read(chunk: Buffer): void {
    // SECURITY: a head has its time from its first byte on; coming in small pieces buys no more of it.
    if (this.waitsFor !== 'head') this.moved()
    const client = this.#client
    if (client !== undefined && !client.isRequestComplete) return void this.#readBody(client, chunk, 0)
    if (this.#isClosing) return
    const before = this.#unread
    this.#unread = before === undefined ? chunk : Buffer.concat([before, chunk])
    if (client === undefined) this.#readHeads()
    else if (this.#unread.length > maxAheadBytes) this.#socket.pause()
  }

  /** Whether a whole head lies here unread. */
  #hasHead(): boolean {
    return this.#unread !== undefined && findHeadEnd(this.#unread, 0, 0) >= 0
  }

  #next(): void {
    this.#searched = 0
    if (this.#unread !== undefined) this.#readHeads()
    if (this.#client === undefined && this.#socket.isPaused()) this.#socket.resume()
  }

  #readHeads(): void {
    const bytes = this.#unread!
    const end = findHeadEnd(bytes, 0, this.#searched)
    if ((end < 0 ? bytes.length : end) > maxHeadBytes) return void this.#malformed('head_too_long')
    if (end < 0) {
      this.#searched = bytes.length
      return
    }
    const { heads } = this.#keeper
    let head: ReadHead | undefined = heads?.find(bytes, end)
    if (head === undefined) {
      const request = parseRequestHead(bytes.toString('latin1', 0, end))
      if ('fault' in request) return void this.#malformed(request.fault)
      if (request.method === 'CONNECT') return void this.#connect(request, bytes, end)
      head = heads?.add(bytes, end, request) ?? { request }
    }
    this.#unread = end === bytes.length ? undefined : bytes.subarray(end)
    this.#searched = 0
    this.#requests += 1
    this.#begin(head)
  }

  #begin({ notes, request }: ReadHead): void {
    const client = new Http1Client(this, request)
    this.#client = client
    this.moved()
    const { framing } = request
    if (framing.kind === 'length') this.#left = framing.length
    else if (framing.kind === 'chunked') {
      this.#chunked = new ChunkedDecoder((data) => client.bodyCame(data), { trailers: 'drop' })
    }
    const early = this.#unread
    if (!client.isRequestComplete && early !== undefined) {
      this.#unread = undefined
      this.#readBody(client, early, 0)
    }
    const arrived: ArrivedRequest = {
      method: request.method,
      target: request.target,
      fields: request.fields,
      notes,
      carrier: new StreamCarrier(client, this.#keeper.pool),
      closeBehind: () => client.closeBehind(),
      onGone: (heard) => client.onGone(heard),
    }
    this.#handlers.onRequest(arrived, this.#context)
  }

  #readBody(client: Http1Client, bytes: Buffer, start: number): void {
    let end = bytes.length
    if (this.#chunked !== undefined) {
      end = this.#chunked.write(bytes, start)
      const { done, fault } = this.#chunked
      if (fault !== undefined) return void this.#bodyFault(client, fault.fault)
      if (done) {
        this.#chunked = undefined
        client.bodyEnded()
      }
    } else {
      end = Math.min(bytes.length, start + this.#left)
      this.#left -= end - start
      client.bodyCame(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
      if (this.#left === 0) client.bodyEnded()
    }
    if (end < bytes.length) this.#unread = bytes.subarray(end)
    if (client.isRequestComplete && this.#isAnswered) this.#completed()
  }

  #bodyFault(client: Http1Client, reason: string): void {
    // SECURITY: where a body ends cannot be said any more, so nothing behind it is a request.
    this.#isClosing = true
    this.#chunked = undefined
    client.bodyFailed(reason)
    if (this.#isAnswered) this.#end()
  }

  #connect(request: ParsedRequest, bytes: Buffer, end: number): void {
    this.#unread = undefined
    this.#detach()
    if (end < bytes.length) this.#socket.unshift(bytes.subarray(end))
    const { fields, framing, persistent, target } = request
    const staysOpen = persistent && request.minor === 1 && framing.kind === 'none'
    this.#handlers.onConnect({ target, fields, staysOpen }, this.#socket, this.#context)
  }

  #malformed(reason: string): void {
    this.#isClosing = true
    this.#unread = undefined
    this.#handlers.onMalformed(this.#socket, refuse('request_malformed', { reason }), this.#context)
  }

  /** Gives the connection to somebody else. */
  #detach(): void {
    this.#socket
      .off('data', this.#onData)
      .off('end', this.#onEnd)
      .off('close', this.#onClose)
      .off('error', this.#onError)
      .off('drain', this.#onDrain)
      .pause()
    // Whoever has it next closes it when either side does, unless they say otherwise.
    if (this.#socket === this.#tcp) this.#socket.allowHalfOpen = false
    this.#keeper.leave(this)
  }

  #inputEnded(): void {
    this.#isInputOver = true
    const client = this.#client
    if (client === undefined || !client.isRequestComplete) this.#socket.destroy()
    // Behind TLS, the end of one direction is that of both (RFC 5246 §7.2.1); a bare connection may be half closed.
    else if (this.#socket !== this.#tcp) this.#socket.destroy()
  }

  #end(): void {
    clearTimeout(this.#linger)
    this.#linger = undefined
    this.#isClosing = true
    this.#socket.end(() => this.#socket.destroy())
  }

  #closed(): void {
    clearTimeout(this.#linger)
    this.#detach()
    this.#tcp.destroy()
    const client = this.#client
    this.#client = undefined
    client?.goAway()
  }
}
