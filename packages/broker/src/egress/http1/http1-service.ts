import type { Duplex } from 'node:stream'
import { CoatcheckError } from '@coatcheck/contract'
import type { BodyFraming } from '../../http/body-framing.ts'
import { ChunkedDecoder } from '../../http/chunked-decoder.ts'
import { findHeadEnd, maxHeadBytes } from '../../http/head-end.ts'
import { parseResponseHead } from '../../http/parse-response-head.ts'
import { renderFields, renderRequestLine } from '../../http/render-head.ts'
import type { OutboundHead } from '../exchange.ts'
import type { ServiceConnection } from '../relay/service-pool.ts'
import type { ServiceListener } from '../relay/streams.ts'
import { upstreamFailure } from '../upstream-failure.ts'
import { writeMessage } from './write-message.ts'

const noFields: readonly [] = []
const lastChunk = Buffer.from('0\r\n\r\n', 'latin1')
const lineEnd = Buffer.from('\r\n', 'latin1')
const emptyLineBytes = 2
/** Interim responses before the final one; services send one or two. */
const maxInformations = 32
/** Connections that name no time are kept as long as the pool likes. */
const unknownKeptMs = Number.MAX_SAFE_INTEGER
/** The service counts its time from when it sent the end. */
const keptMarginMs = 1_000

type Phase = 'idle' | 'head' | 'body' | 'switched' | 'over'

/** A connection to a service that speaks HTTP/1.1, for one exchange at a time. */
export class Http1Service implements ServiceConnection {
  readonly #socket: Duplex
  readonly #onIdle: (connection: ServiceConnection) => void
  readonly #onData = (chunk: Buffer): void => this.#read(chunk)
  #phase: Phase = 'idle'
  #listener: ServiceListener | undefined
  #method = ''
  #chunksRequest = false
  /** Bytes of a head that is not complete. */
  #unread: Buffer | undefined
  #framing: BodyFraming = { kind: 'until-close' }
  #left = 0
  #chunked: ChunkedDecoder | undefined
  #informations = 0
  #uses = 0
  #persistent = true
  #failure: unknown
  keptMs = unknownKeptMs

  constructor(socket: Duplex, onIdle: (connection: ServiceConnection) => void) {
    this.#socket = socket
    this.#onIdle = onIdle
    socket
      .on('data', this.#onData)
      .on('drain', () => this.#listener?.onServiceDrain())
      .on('error', (error: Error) => {
        this.#failure = upstreamFailure(error)
      })
      .on('end', () => this.#ended())
      .on('close', () => this.#ended())
  }

  get isReused(): boolean {
    return this.#uses > 1
  }

  get isUsable(): boolean {
    return this.#phase === 'idle' && this.#persistent && !this.#socket.destroyed
  }

  send(outbound: OutboundHead, framing: BodyFraming, whole: Buffer | undefined, listener: ServiceListener): boolean {
    const { method } = outbound
    this.#phase = 'head'
    this.#uses += 1
    this.#informations = 0
    this.#listener = listener
    this.#method = method
    this.#chunksRequest = framing.kind === 'chunked'
    const head = renderHead(outbound, framingLine(method, framing))
    if (whole === undefined || !this.#chunksRequest) return writeMessage(this.#socket, head, whole)
    writeMessage(this.#socket, head, undefined)
    this.write(whole)
    return this.#socket.write(lastChunk)
  }

  write(chunk: Buffer): boolean {
    if (!this.#chunksRequest) return this.#socket.write(chunk)
    // An empty chunk would be the last one.
    if (chunk.length === 0) return true
    this.#socket.cork()
    this.#socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1')
    this.#socket.write(chunk)
    const open = this.#socket.write(lineEnd)
    this.#socket.uncork()
    return open
  }

  endBody(): void {
    if (this.#chunksRequest) this.#socket.write(lastChunk)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  takeOver(): Duplex {
    const rest = this.#unread
    this.#listener = undefined
    this.#unread = undefined
    this.#socket.off('data', this.#onData).pause()
    if (rest !== undefined) this.#socket.unshift(rest)
    return this.#socket
  }

  release(): void {
    this.#listener = undefined
    // SECURITY: only a connection on which nothing is open, and nothing came that was not asked for, carries another request.
    if (this.#phase === 'over' && this.#persistent && !this.#socket.destroyed) {
      this.#phase = 'idle'
      this.#socket.resume()
    }
    if (this.isUsable) this.#onIdle(this)
    else this.destroy()
  }

  destroy(): void {
    this.#listener = undefined
    this.#phase = 'over'
    this.#persistent = false
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    const listener = this.#listener
    if (this.#phase === 'idle' || this.#phase === 'over') {
      // SECURITY: what nobody asked for must not be taken for the answer to what somebody else asks next.
      this.#persistent = false
      if (listener === undefined) this.destroy()
      return
    }
    try {
      if (this.#phase === 'head') this.#readHead(chunk)
      else this.#readBody(chunk, 0)
    } catch (error) {
      this.#fail(error)
    }
    listener?.onPause()
  }

  #readHead(chunk: Buffer): void {
    const before = this.#unread
    let bytes = before === undefined ? chunk : Buffer.concat([before, chunk])
    let searched = before?.length ?? 0
    this.#unread = undefined
    while (this.#phase === 'head') {
      const end = findHeadEnd(bytes, 0, searched)
      if ((end < 0 ? bytes.length : end) > maxHeadBytes) throw malformed('head too long')
      if (end < 0) {
        this.#unread = bytes
        return
      }
      const text = bytes.toString('latin1', 0, end)
      const raw = bytes.subarray(0, end)
      bytes = bytes.subarray(end)
      this.#readResponse(text, raw, bytes)
      searched = 0
    }
    if (this.#phase === 'body') this.#readBody(bytes, 0)
    else if (bytes.length > 0) this.#persistent = false
  }

  #readResponse(text: string, raw: Buffer, rest: Buffer): void {
    const response = parseResponseHead(text, this.#method)
    if ('fault' in response) throw malformed(response.fault)
    const { status, fields, framing } = response
    if (status < 200 && status !== 101) {
      this.#informations += 1
      if (this.#informations > maxInformations) throw malformed('too many interim responses')
      // The broker answered what the client expected itself.
      if (status !== 100) this.#listener?.onInformation(status, fields)
      return
    }
    if (status === 101) {
      this.#phase = 'switched'
      this.#persistent = false
      this.#unread = rest.length === 0 ? undefined : rest
      return void this.#listener?.onResponse(response)
    }
    this.#persistent = response.persistent
    this.#framing = framing
    this.#phase = 'body'
    this.keptMs = keptFor(fields)
    this.#listener?.onResponse(response, raw)
    if (framing.kind === 'none') this.#complete(noFields)
    else if (framing.kind === 'length') {
      this.#left = framing.length
    } else if (framing.kind === 'chunked') {
      this.#chunked = new ChunkedDecoder((data) => this.#listener?.onData(data), { trailers: 'parse' })
    } else this.#persistent = false
  }

  #readBody(bytes: Buffer, start: number): void {
    if (start === bytes.length) return
    if (this.#framing.kind === 'chunked') this.#readChunked(bytes, start)
    else if (this.#framing.kind === 'length') this.#readSized(bytes, start)
    else this.#listener?.onData(start === 0 ? bytes : bytes.subarray(start))
  }

  #readSized(bytes: Buffer, start: number): void {
    const end = Math.min(bytes.length, start + this.#left)
    this.#left -= end - start
    if (end < bytes.length) this.#persistent = false
    this.#listener?.onData(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
    if (this.#left === 0) this.#complete(noFields)
  }

  #readChunked(bytes: Buffer, start: number): void {
    const decoder = this.#chunked!
    const end = decoder.write(bytes, start)
    if (decoder.fault !== undefined) throw malformed(decoder.fault.fault)
    if (!decoder.done) return
    if (end < bytes.length) this.#persistent = false
    this.#complete(decoder.trailers)
  }

  #complete(trailers: Parameters<ServiceListener['onEnd']>[0]): void {
    this.#phase = 'over'
    this.#chunked = undefined
    this.#listener?.onEnd(trailers)
  }

  #ended(): void {
    if (this.#phase === 'body' && this.#framing.kind === 'until-close' && this.#failure === undefined) {
      this.#complete(noFields)
    }
    this.#persistent = false
    if (this.#phase === 'head' || this.#phase === 'body') {
      this.#fail(this.#failure ?? new CoatcheckError('upstream_unreachable', { reason: 'broke off' }))
    } else if (this.#phase === 'idle') this.destroy()
  }

  #fail(error: unknown): void {
    const listener = this.#listener
    this.destroy()
    listener?.onFailure(error)
  }
}

function malformed(reason: string): CoatcheckError {
  return new CoatcheckError('upstream_malformed', { reason })
}

/** The head with a framing field, or none. */
function renderHead(outbound: OutboundHead, framingField: string): string | Buffer {
  const { fields, method, target, rendered } = outbound
  if (rendered === undefined) {
    const text = `${renderRequestLine(method, target)}${renderFields(fields)}\r\n`
    outbound.rendered = text
    return framingField === '' ? text : `${text.slice(0, -emptyLineBytes)}${framingField}\r\n`
  }
  // Most of what is sent again is sent often.
  const bytes = typeof rendered === 'string' ? bytesOf(rendered) : rendered
  outbound.rendered = bytes
  if (framingField === '') return bytes
  const end = bytes.length - emptyLineBytes
  const head = Buffer.allocUnsafe(bytes.length + framingField.length)
  bytes.copy(head, 0, 0, end)
  head.write(`${framingField}\r\n`, end, 'latin1')
  return head
}

/** Not from memory that is shared: it stays for longer than what lies beside it. */
function bytesOf(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(text.length)
  bytes.write(text, 'latin1')
  return bytes
}

/** SECURITY: the one framing field is the broker's own, from what the strict parser understood. */
function framingLine(method: string, framing: BodyFraming): string {
  if (framing.kind === 'length') return `Content-Length: ${framing.length}\r\n`
  if (framing.kind === 'chunked') return 'Transfer-Encoding: chunked\r\n'
  const isDeclared = framing.kind === 'none' && framing.declared
  const expectsBody = method === 'POST' || method === 'PUT' || method === 'PATCH'
  return isDeclared || expectsBody ? 'Content-Length: 0\r\n' : ''
}

/** What `Keep-Alive: timeout=…` says, if it is there. */
function keptFor(fields: readonly { readonly name: string; readonly value: string }[]): number {
  for (const { name, value } of fields) {
    if (name.length !== 10 || name.toLowerCase() !== 'keep-alive') continue
    const seconds = /(?:^|[\s,;])timeout=(\d{1,6})/i.exec(value)?.[1]
    if (seconds !== undefined) return Number(seconds) * 1_000 - keptMarginMs
  }
  return unknownKeptMs
}
