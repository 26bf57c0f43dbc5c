import type { TLSSocket } from 'node:tls'
import { block, code, flag, frame, frameType, preface } from '../../../test/wire/http2-frames.ts'
import type { ExchangeForm } from './exchange-form.ts'

type Done = (error: Error | undefined) => void

interface Running {
  readonly done: Done
  offset: number
}

const headBytes = 9
const padded = 8
/** The first entry that a connection makes in its table of fields, RFC 7541 §2.3.3. */
const firstEntry = 62
/** How a field begins that makes an entry, and one that is an entry (§6.1, §6.2.1). */
const [withEntry, byNumber] = [0x40, 0x80]
const usualTableBytes = 4_096
const tableSize = 1
const largestWindow = 2 ** 31 - 1
const usualWindow = 65_535

/**
 * The client’s end of an HTTP/2 connection on which the same small request is asked again and again. It writes and reads the
 * frames itself, so that what is measured is the peer and not the client.
 */
export class StreamConnection {
  readonly #socket: TLSSocket
  readonly #form: ExchangeForm
  /** The field blocks of the first request, and of those after it. */
  readonly #blocks: readonly [first: Buffer, later: Buffer]
  readonly #running = new Map<number, Running>()
  #nextStream = 1
  #unread: Buffer = Buffer.alloc(0)
  #unsent: Buffer[] = []
  #isReading = false
  #received = 0
  #problem: Error | undefined

  /** @param fields of the request; the last one has the credential, and never enters the table of fields */
  constructor(socket: TLSSocket, form: ExchangeForm, fields: readonly (readonly [string, string])[]) {
    this.#socket = socket
    this.#form = form
    this.#blocks = fieldBlocks(fields)
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the connection was closed in the middle of an exchange')))
    this.#send(preface, frame(frameType.settings, 0, 0), frame(frameType.windowUpdate, 0, 0, wholeWindow()))
  }

  /** Whether another request may be sent. */
  get isOpen(): boolean {
    return this.#problem === undefined
  }

  /** Sends a request. `done` is called once, with what was wrong with the answer if anything was. */
  ask(done: Done): void {
    if (this.#problem !== undefined) return void done(this.#problem)
    const stream = this.#nextStream
    this.#nextStream += 2
    this.#running.set(stream, { done, offset: 0 })
    this.#send(frame(frameType.headers, flag.endHeaders | flag.endStream, stream, this.#blocks[stream === 1 ? 0 : 1]))
  }

  close(): void {
    this.#running.clear()
    this.#socket.destroy()
  }

  #read(bytes: Buffer): void {
    let rest = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes])
    this.#isReading = true
    try {
      while (rest.length >= headBytes && rest.length >= headBytes + rest.readUIntBE(0, 3)) {
        const end = headBytes + rest.readUIntBE(0, 3)
        this.#hear(rest[3]!, rest[4]!, rest.readUInt32BE(5) & largestWindow, rest.subarray(headBytes, end))
        rest = rest.subarray(end)
      }
    } catch (error) {
      this.#fail(error as Error)
    }
    this.#unread = rest
    this.#isReading = false
    this.#flush()
  }

  #hear(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === frameType.data) this.#hearBody(flags, stream, payload)
    else if (type === frameType.headers && (flags & flag.endStream) !== 0) this.#finish(stream)
    else if (type === frameType.reset) throw new Error(`a stream was reset with ${payload.readUInt32BE(0)}`)
    else if (type === frameType.goaway) throw new Error(`the connection was given up with ${payload.readUInt32BE(4)}`)
    else if ((flags & flag.ack) !== 0) return
    else if (type === frameType.ping) this.#send(frame(frameType.ping, flag.ack, 0, payload))
    else if (type === frameType.settings) this.#agree(payload)
  }

  #agree(settings: Buffer): void {
    for (let at = 0; at < settings.length; at += 6) {
      const isSmall = settings.readUInt16BE(at) === tableSize && settings.readUInt32BE(at + 2) < usualTableBytes
      if (isSmall) throw new Error('the peer has too small a table of fields')
    }
    this.#send(frame(frameType.settings, flag.ack, 0))
  }

  #hearBody(flags: number, stream: number, payload: Buffer): void {
    const running = this.#running.get(stream)
    if (running === undefined || (flags & padded) !== 0) throw new Error('a piece of a body came that is none')
    if (!this.#form.isRight(payload, running.offset)) {
      throw new Error(`the body of an answer is wrong: ${payload.toString('latin1', 0, 200)}`)
    }
    running.offset += payload.length
    this.#received += payload.length
    if (this.#received > largestWindow / 2) {
      this.#send(frame(frameType.windowUpdate, 0, 0, code(this.#received)))
      this.#received = 0
    }
    if ((flags & flag.endStream) !== 0) this.#finish(stream)
  }

  #finish(stream: number): void {
    const running = this.#running.get(stream)
    this.#running.delete(stream)
    if (running === undefined) return
    const { done, offset } = running
    done(offset === this.#form.download ? undefined : new Error(`the body of an answer has ${offset} bytes`))
  }

  /** What is said because of what was read goes out together. */
  #send(...frames: Buffer[]): void {
    this.#unsent.push(...frames)
    if (!this.#isReading) this.#flush()
  }

  #flush(): void {
    if (this.#unsent.length > 0 && !this.#socket.destroyed) this.#socket.write(Buffer.concat(this.#unsent))
    this.#unsent = []
  }

  #fail(error: Error): void {
    this.#problem ??= error
    this.#socket.destroy()
    const waiting = [...this.#running.values()]
    this.#running.clear()
    for (const { done } of waiting) done(this.#problem)
  }
}

function wholeWindow(): Buffer {
  return code(largestWindow - usualWindow)
}

/** As clients do, the fields are said once, and pointed to from then on. */
function fieldBlocks(fields: readonly (readonly [string, string])[]): readonly [first: Buffer, later: Buffer] {
  const kept = fields.slice(0, -1)
  const secret = block(fields.slice(-1))
  const entries = kept.map((field) => {
    const literal = block([field])
    literal[0] = withEntry
    return literal
  })
  // The entry that was made last has the lowest number.
  const numbers = kept.map((_, at) => byNumber | (firstEntry + kept.length - 1 - at))
  return [Buffer.concat([...entries, secret]), Buffer.concat([Buffer.from(numbers), secret])]
}
