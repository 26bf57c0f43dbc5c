import { constants, type ServerHttp2Stream } from 'node:http2'
import { CoatcheckError } from '@coatcheck/contract'
import type { BodyFraming } from '../../http/body-framing.ts'
import type { HeaderField } from '../../http/header-field.ts'
import type { Refusal } from '../refusal.ts'
import type { ClientListener, ClientStream, ResponseBody } from '../relay/streams.ts'
import { grpcStatus } from './grpc-status.ts'
import { appendFields, fieldsByName } from './raw-fields.ts'
import type { StreamRequest } from './read-request.ts'

const { NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants

const nothing: readonly Buffer[] = []
/** Highest status that Node sends over HTTP/2. */
const maxStatus = 599

/** One request on a connection that speaks HTTP/2, and its response. */
export class Http2Client implements ClientStream {
  readonly method: string
  readonly framing: BodyFraming
  readonly expectsContinue: boolean
  isRequestComplete: boolean
  hasResponded = false
  /** Was broken off from here, not by the client. */
  wasReset = false
  readonly #stream: ServerHttp2Stream
  readonly #isGrpc: boolean
  #listener: ClientListener | undefined
  /** Head of the response that has not left yet, as Node's flat list. */
  #head: string[] | undefined
  #hasBody = true
  #trailers: readonly HeaderField[] = []
  #isRefusedCall = false
  #isGone = false
  #heardGone: (() => void) | undefined

  constructor(stream: ServerHttp2Stream, request: StreamRequest, isWhole: boolean) {
    const { method, framing, expectsContinue, isGrpc } = request
    this.#stream = stream
    this.method = method
    this.framing = framing
    this.expectsContinue = expectsContinue
    this.#isGrpc = isGrpc
    this.isRequestComplete = isWhole
    stream
      .on('error', () => {})
      .on('drain', () => this.#listener?.onClientDrain())
      .once('close', () => this.#closed())
    if (!isWhole) {
      // Nothing is taken from the client that nobody has asked for yet: it sends as much as its window holds.
      stream
        .on('data', (chunk: Buffer) => this.#listener?.onBody(chunk))
        .once('end', () => this.#bodyEnded())
        .pause()
    }
  }

  get isGone(): boolean {
    return this.#isGone
  }

  takeBody(listener: ClientListener): readonly Buffer[] {
    this.#listener = listener
    return nothing
  }

  leaveBody(): void {
    this.#stream.pause()
    this.#listener = undefined
  }

  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  onGone(heard: () => void): void {
    if (this.#isGone) heard()
    else this.#heardGone = heard
  }

  refusalFields(refusal: Refusal): Readonly<Record<string, string>> {
    if (!this.#isGrpc) return {}
    this.#isRefusedCall = true
    return grpcStatus(refusal)
  }

  /** Other requests share the connection, and go on. */
  closeBehind(): void {}

  inform(status: number, fields: readonly HeaderField[]): void {
    if (this.hasResponded || !this.#isOpen) return
    this.#stream.additionalHeaders({ ...fieldsByName(fields), ':status': status })
  }

  /** @throws CoatcheckError `upstream_malformed` */
  respond(status: number, _reason: string, fields: readonly HeaderField[], body: ResponseBody): void {
    if (status > maxStatus) throw new CoatcheckError('upstream_malformed', { reason: 'status' })
    const head = [':status', String(status)]
    appendFields(head, this.#isRefusedCall ? withoutContent(fields) : fields)
    this.#head = head
    this.#hasBody = body !== 'none' && this.method !== 'HEAD' && !this.#isRefusedCall
  }

  flush(): void {
    // What comes behind the body is not known yet.
    this.#sendHead({ waitForTrailers: true })
  }

  write(chunk: Buffer): boolean {
    this.flush()
    return !this.#isOpen || this.#stream.write(chunk)
  }

  end(last: Buffer | undefined, trailers: readonly HeaderField[]): boolean {
    const stream = this.#stream
    if (!this.#hasBody) {
      this.#sendHead({ endStream: true })
      this.#over()
      return true
    }
    this.#trailers = trailers
    this.#sendHead({ waitForTrailers: trailers.length > 0 })
    if (!this.#isOpen) return true
    const isOpen = stream.writableLength + (last?.length ?? 0) <= stream.writableHighWaterMark
    if (!isOpen) stream.once('finish', () => this.#listener?.onClientDrain())
    stream.end(last)
    this.#over()
    return isOpen
  }

  reset(): void {
    this.#head = undefined
    this.hasResponded = true
    this.wasReset = true
    this.#stream.close(NGHTTP2_INTERNAL_ERROR)
  }

  get #isOpen(): boolean {
    return !this.#stream.destroyed && !this.#stream.closed
  }

  #sendHead(options: { readonly endStream?: boolean; readonly waitForTrailers?: boolean }): void {
    const head = this.#head
    if (head === undefined || !this.#isOpen) return
    this.#head = undefined
    this.hasResponded = true
    if (options.waitForTrailers === true) this.#stream.once('wantTrailers', () => this.#sendTrailers())
    // Whose answer it is says when it was given, or does not.
    const asSaid = { ...options, sendDate: false }
    this.#stream.respond(head, asSaid)
  }

  #sendTrailers(): void {
    if (!this.#isOpen) return
    this.#stream.sendTrailers(fieldsByName(this.#trailers))
    // Node sends them with the next turn.
    setImmediate(() => setImmediate(() => this.#stopClient()))
  }

  /** RFC 9113 §8.1: a client that still sends is told that nobody reads on, once the answer is out. */
  #over(): void {
    if (this.isRequestComplete || !this.#isOpen) return
    this.#stream.resume()
    if (this.#trailers.length === 0) this.#stopClient()
  }

  #stopClient(): void {
    if (!this.isRequestComplete && this.#isOpen) this.#stream.close(NGHTTP2_NO_ERROR)
  }

  #bodyEnded(): void {
    // SECURITY: a request that was broken off is never taken for whole.
    if (this.#stream.aborted || this.#stream.rstCode !== NGHTTP2_NO_ERROR) return
    this.isRequestComplete = true
    this.#listener?.onBodyEnd()
  }

  #closed(): void {
    this.#isGone = true
    this.#heardGone?.()
    this.#listener?.onClientDrain()
  }
}

/** Clients of gRPC take a body for messages, and what they make of a text hides the reason that stands in the head. */
function withoutContent(fields: readonly HeaderField[]): HeaderField[] {
  const others = fields.filter(({ name }) => name !== 'content-type' && name !== 'content-length')
  return [...others, { name: 'content-type', value: 'application/grpc' }]
}
