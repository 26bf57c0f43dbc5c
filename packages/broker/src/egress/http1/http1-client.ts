import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { BodyFraming } from '../../http/body-framing.ts'
import type { HeaderField } from '../../http/header-field.ts'
import type { ParsedRequest } from '../../http/parse-request-head.ts'
import { renderFields, renderStatusLine } from '../../http/render-head.ts'
import type { ClientListener, ClientStream, ResponseBody } from '../relay/streams.ts'
import { writeMessage } from './write-message.ts'

/** The session that a client's stream is part of. */
export interface ClientSession {
  readonly socket: Socket
  moved(): void
  reset(): void
  resumeBody(): void
  answered(client: Http1Client, closes: boolean): void
  giveAway(): void
}

/** Bytes of a body that nobody has asked for yet; with more of them, the client waits. */
const maxEarlyBytes = 64 * 1024

const nothing: readonly Buffer[] = []
const lineEnd = Buffer.from('\r\n', 'latin1')

/** One request on a connection that speaks HTTP/1.1, and its response. */
export class Http1Client implements ClientStream {
  readonly method: string
  readonly framing: BodyFraming
  readonly expectsContinue: boolean
  readonly mayUpgrade: boolean
  isRequestComplete: boolean
  hasResponded = false
  isGone = false
  readonly #session: ClientSession
  readonly #socket: Socket
  readonly #minor: 0 | 1
  #closes: boolean
  #early: Buffer[] | undefined
  #earlyBytes = 0
  #fault: string | undefined
  #listener: ClientListener | undefined
  #heardGone: (() => void) | undefined
  /** Head of the response that has not left yet. */
  #head: string | undefined
  #isChunked = false
  #isOut = false

  constructor(session: ClientSession, request: ParsedRequest) {
    const { method, framing, expectsContinue, persistent, minor } = request
    this.#session = session
    this.#socket = session.socket
    this.method = method
    this.framing = framing
    this.expectsContinue = expectsContinue
    this.mayUpgrade = request.upgrade !== undefined && framing.kind === 'none'
    this.isRequestComplete = framing.kind === 'none'
    this.#minor = minor
    this.#closes = !persistent
  }

  takeBody(listener: ClientListener): readonly Buffer[] {
    const early = this.#early ?? nothing
    this.#early = undefined
    this.#earlyBytes = 0
    this.#listener = listener
    const fault = this.#fault
    if (fault !== undefined) queueMicrotask(() => listener.onBodyFault(fault))
    return early
  }

  leaveBody(): void {
    this.#listener = undefined
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#session.resumeBody()
  }

  onGone(heard: () => void): void {
    if (this.isGone) heard()
    else this.#heardGone = heard
  }

  closeBehind(): void {
    this.#closes = true
  }

  inform(status: number, fields: readonly HeaderField[]): void {
    // RFC 9110 §15.2: a client of HTTP/1.0 knows no interim response.
    if (this.#minor === 0 || this.hasResponded || this.isGone) return
    this.#socket.write(`${renderStatusLine(status, STATUS_CODES[status] ?? '')}${renderFields(fields)}\r\n`, 'latin1')
  }

  respond(status: number, reason: string, fields: readonly HeaderField[], body: ResponseBody): void {
    this.#isChunked = body === 'unsized' && this.#minor === 1
    // Where the length is not known and chunks are not understood, the end of the connection is the end of the body.
    if (body === 'unsized' && this.#minor === 0) this.#closes = true
    const framing = this.#isChunked ? 'Transfer-Encoding: chunked\r\n' : ''
    const persistence = this.#closes ? 'Connection: close\r\n' : this.#minor === 0 ? 'Connection: keep-alive\r\n' : ''
    const line = renderStatusLine(status, reason === '' ? (STATUS_CODES[status] ?? '') : reason)
    this.#head = `${line}${renderFields(fields)}${framing}${persistence}\r\n`
  }

  switchOver(fields: readonly HeaderField[]): Socket {
    this.hasResponded = true
    this.#socket.write(`${renderStatusLine(101, 'Switching Protocols')}${renderFields(fields)}\r\n`, 'latin1')
    this.#session.giveAway()
    return this.#socket
  }

  flush(): void {
    const head = this.#head
    if (head === undefined || this.isGone) return
    this.#head = undefined
    this.hasResponded = true
    this.#socket.write(head, 'latin1')
  }

  write(chunk: Buffer): boolean {
    this.#session.moved()
    if (this.#isChunked) return this.#writeChunk(chunk)
    return this.#send(chunk)
  }

  end(last: Buffer | undefined, trailers: readonly HeaderField[]): boolean {
    let open: boolean
    if (this.#isChunked) {
      if (last !== undefined) this.#writeChunk(last)
      const end = `0\r\n${trailers.length === 0 ? '' : renderFields(trailers)}\r\n`
      open = this.#send(Buffer.from(end, 'latin1'))
    } else if (last !== undefined || this.#head !== undefined) open = this.#send(last)
    else open = !this.#socket.writableNeedDrain
    this.#isOut = true
    if (open) this.#session.answered(this, this.#closes)
    return open
  }

  reset(): void {
    this.#head = undefined
    this.hasResponded = true
    this.#session.reset()
  }

  /** Takes a part of the request body from the session. */
  bodyCame(chunk: Buffer): void {
    if (this.#listener !== undefined) return void this.#listener.onBody(chunk)
    this.#early ??= []
    this.#early.push(chunk)
    this.#earlyBytes += chunk.length
    if (this.#earlyBytes > maxEarlyBytes) this.#socket.pause()
  }

  bodyEnded(): void {
    this.isRequestComplete = true
    this.#listener?.onBodyEnd()
  }

  bodyFailed(reason: string): void {
    this.#fault = reason
    this.#closes = true
    this.#listener?.onBodyFault(reason)
  }

  drained(): void {
    if (this.#isOut) this.#session.answered(this, this.#closes)
    this.#listener?.onClientDrain()
  }

  goAway(): void {
    this.isGone = true
    this.#heardGone?.()
  }

  #send(body: Buffer | undefined): boolean {
    const head = this.#head
    if (head === undefined) return body === undefined || this.#socket.write(body)
    this.#head = undefined
    this.hasResponded = true
    return writeMessage(this.#socket, head, body)
  }

  #writeChunk(chunk: Buffer): boolean {
    // An empty chunk would be the last one.
    if (chunk.length === 0) return true
    this.#socket.cork()
    this.#send(Buffer.from(`${chunk.length.toString(16)}\r\n`, 'latin1'))
    this.#socket.write(chunk)
    const open = this.#socket.write(lineEnd)
    this.#socket.uncork()
    return open
  }
}
