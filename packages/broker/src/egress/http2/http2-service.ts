import { type ClientHttp2Stream, constants, sensitiveHeaders } from 'node:http2'
import { CoatcheckError } from '@coatcheck/contract'
import type { BodyFraming } from '../../http/body-framing.ts'
import { responseFraming } from '../../http/body-framing.ts'
import { ControlFields } from '../../http/control-fields.ts'
import type { HeaderField } from '../../http/header-field.ts'
import type { OutboundHead } from '../exchange.ts'
import type { ServiceListener, ServiceStream } from '../relay/streams.ts'
import { appendFields, fieldsFault, fieldsOf } from './raw-fields.ts'
import type { ServiceSession } from './service-session.ts'

const { NGHTTP2_CANCEL, NGHTTP2_FLAG_END_STREAM, NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR, NGHTTP2_REFUSED_STREAM } =
  constants

/** Interim responses before the final one; services send one or two. */
const maxInformations = 32

/** One exchange on a connection to a service that speaks HTTP/2. */
export class Http2Service implements ServiceStream {
  readonly isReused: boolean
  readonly #session: ServiceSession
  #stream: ClientHttp2Stream | undefined
  #listener: ServiceListener | undefined
  #method = ''
  #left = Number.NaN
  #informations = 0
  #hasResponded = false
  #trailers: readonly HeaderField[] = []
  #hasRoom = true

  constructor(session: ServiceSession, isReused: boolean) {
    this.#session = session
    this.isReused = isReused
  }

  send(outbound: OutboundHead, framing: BodyFraming, whole: Buffer | undefined, listener: ServiceListener): boolean {
    this.#listener = listener
    this.#method = outbound.method
    const head = headOf(outbound, framing)
    const isOver = framing.kind === 'none'
    const stream = this.#session.request(head, isOver)
    this.#stream = stream
    stream
      .on('headers', (_headers, _flags, raw?: readonly string[]) => this.#informed(raw ?? []))
      .once('response', (_headers, flags, raw) => this.#responded(flags, raw as unknown as readonly string[]))
      .on('data', (chunk: Buffer) => this.#read(chunk))
      .once('trailers', (_headers, _flags, ...rest: unknown[]) => this.#trailed((rest[0] ?? []) as readonly string[]))
      .once('end', () => this.#ended())
      .on('drain', () => this.#listener?.onServiceDrain())
      .once('error', (error: NodeJS.ErrnoException) => this.#failed(error))
      .once('close', () => this.#closed())
    if (isOver) return true
    if (whole === undefined) return !stream.writableNeedDrain
    stream.end(whole)
    return true
  }

  write(chunk: Buffer): boolean {
    return this.#stream!.closed || this.#stream!.write(chunk)
  }

  endBody(): void {
    this.#stream?.end()
  }

  pause(): void {
    this.#stream?.pause()
  }

  resume(): void {
    this.#stream?.resume()
  }

  release(): void {
    this.#listener = undefined
    this.#leave()
  }

  destroy(): void {
    this.#listener = undefined
    const stream = this.#stream
    if (stream !== undefined && !stream.closed) stream.close(NGHTTP2_CANCEL)
    this.#leave()
  }

  #informed(raw: readonly string[]): void {
    this.#informations += 1
    if (this.#informations > maxInformations) return void this.#malformed('too many interim responses')
    const fields = fieldsOf(raw)
    const fault = fieldsFault(fields)
    if (fault !== undefined) return void this.#malformed(fault)
    const status = statusOf(raw)
    // The broker answered what the client expected itself.
    if (status !== 100) this.#listener?.onInformation(status, fields)
  }

  #responded(flags: number, raw: readonly string[]): void {
    const fields = fieldsOf(raw)
    const status = statusOf(raw)
    const isWhole = (flags & NGHTTP2_FLAG_END_STREAM) !== 0
    const framing = framingOf(fields, status, this.#method, isWhole)
    const fault = fieldsFault(fields) ?? ('fault' in framing ? framing.fault : undefined)
    if ('fault' in framing || fault !== undefined) return void this.#malformed(fault ?? 'length_invalid')
    if (framing.kind === 'length') this.#left = framing.length
    this.#hasResponded = true
    try {
      this.#listener?.onResponse({ status, reason: '', fields, framing })
    } catch (error) {
      return void this.#fail(error)
    }
    if (isWhole || framing.kind === 'none') return
    // A head that is followed by nothing at once is news by itself.
    setImmediate(() => this.#listener?.onPause())
  }

  #read(chunk: Buffer): void {
    this.#left -= chunk.length
    // SECURITY: a body that is longer than its head says is nobody's answer.
    if (this.#left < 0) return void this.#malformed('length_invalid')
    this.#listener?.onData(chunk)
  }

  #trailed(raw: readonly string[]): void {
    const fields = fieldsOf(raw)
    if (fieldsFault(fields) === undefined) this.#trailers = fields
    else this.#malformed('trailers')
  }

  #ended(): void {
    const stream = this.#stream!
    if (stream.aborted || stream.rstCode !== NGHTTP2_NO_ERROR) return
    if (!this.#hasResponded || this.#left > 0) return void this.#malformed('broke off')
    this.#listener?.onEnd(this.#trailers)
  }

  #closed(): void {
    const { rstCode = NGHTTP2_NO_ERROR } = this.#stream!
    if (rstCode !== NGHTTP2_NO_ERROR || this.#stream?.readableEnded !== true) this.#failed(undefined)
  }

  #failed(error: NodeJS.ErrnoException | undefined): void {
    const stream = this.#stream!
    const { id, rstCode } = stream
    const isUnseen = rstCode === NGHTTP2_REFUSED_STREAM || this.#session.isUnseen(id)
    const isMalformed = rstCode === NGHTTP2_PROTOCOL_ERROR || error?.code === 'ERR_HTTP2_ERROR'
    const reason = isMalformed ? 'http2' : `stream closed: ${rstCode ?? 0}`
    this.#fail(new CoatcheckError(isMalformed ? 'upstream_malformed' : 'upstream_unreachable', { reason }), isUnseen)
  }

  #malformed(reason: string): void {
    this.#fail(new CoatcheckError('upstream_malformed', { reason }))
  }

  #fail(error: unknown, isUnseen = false): void {
    const listener = this.#listener
    this.destroy()
    listener?.onFailure(error, isUnseen)
  }

  #leave(): void {
    if (!this.#hasRoom) return
    this.#hasRoom = false
    this.#session.leave()
  }
}

/** The head of a request as Node takes it. */
function headOf(
  { method, target, fields, isInjected, takesTrailers }: OutboundHead,
  framing: BodyFraming,
): readonly string[] {
  const authority = fields.find(({ name }) => name.toLowerCase() === 'host')?.value ?? ''
  const head = [':method', method, ':scheme', 'https', ':authority', authority, ':path', target]
  appendFields(
    head,
    fields.filter(({ name }) => name.toLowerCase() !== 'host'),
  )
  if (framing.kind === 'length') head.push('content-length', String(framing.length))
  else if (framing.kind === 'none' && framing.declared) head.push('content-length', '0')
  if (takesTrailers === true) head.push('te', 'trailers')
  // SECURITY: a table of what was sent can be asked, by what is sent next, whether a secret stands in it (RFC 7541 §7.1).
  if (isInjected === true)
    Object.assign(head, { [sensitiveHeaders]: [...new Set(head.filter((_, index) => index % 2 === 0))] })
  return head
}

function framingOf(fields: readonly HeaderField[], status: number, method: string, isWhole: boolean) {
  const framing = responseFraming(new ControlFields(fields), 1, status, method)
  if ('fault' in framing || !isWhole || framing.kind === 'none') return framing
  return framing.kind === 'length'
    ? { fault: 'length_invalid' as const }
    : ({ kind: 'none', declared: false } as BodyFraming)
}

function statusOf(raw: readonly string[]): number {
  return Number(raw[raw.indexOf(':status') + 1])
}
