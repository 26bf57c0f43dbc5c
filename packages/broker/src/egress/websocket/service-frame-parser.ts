import { CoatcheckError } from '@coatcheck/contract'
import { type FrameHead, isControl, maxControlBytes, opcodes } from './frame.ts'

/** Hears what is in the frames of a service. */
export interface ServiceFrameListener {
  /** A frame of a message begins. */
  onFrame(head: FrameHead): void
  /** A part of its payload; an empty one where it has none. */
  onPayload(payload: Buffer, isFrameEnd: boolean): void
  /** A whole control frame; it may stand between the frames of a message. */
  onControl(opcode: number, payload: Buffer): void
}

const noBytes = Buffer.alloc(0)

/** Reads the frames that a service sends, RFC 6455 §5, wherever the bytes are cut, so that they can be written anew. */
export class ServiceFrameParser {
  readonly #listener: ServiceFrameListener
  readonly #mayCompress: boolean
  #unread: Buffer = noBytes
  #frame: FrameHead | undefined
  #left = 0
  #control: Buffer[] = []
  #isInMessage = false

  /** @param mayCompress whether permessage-deflate was agreed on */
  constructor(listener: ServiceFrameListener, mayCompress: boolean) {
    this.#listener = listener
    this.#mayCompress = mayCompress
  }

  /** @throws CoatcheckError `upstream_malformed` at the first byte that is no frame */
  write(chunk: Buffer): void {
    const bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    this.#unread = noBytes
    for (let at = 0; at < bytes.length; ) {
      if (this.#frame !== undefined) {
        const end = Math.min(bytes.length, at + this.#left)
        this.#readPayload(this.#frame, bytes.subarray(at, end))
        at = end
        continue
      }
      const length = this.#readHead(bytes.subarray(at))
      if (length === 0) {
        this.#unread = Buffer.from(bytes.subarray(at))
        return
      }
      at += length
    }
  }

  /** @returns bytes of the head; 0 while it is not complete */
  #readHead(bytes: Buffer): number {
    if (bytes.length < 2) return 0
    const [first, second] = [bytes[0]!, bytes[1]!]
    const opcode = first & 0x0f
    const head = { isLast: (first & 0x80) !== 0, isCompressed: (first & 0x40) !== 0, opcode }
    const short = second & 0x7f
    if ((second & 0x80) !== 0) throw malformed('masked')
    if ((first & 0x30) !== 0 || (head.isCompressed && !this.#mayCompressFrame(opcode))) throw malformed('reserved bit')
    if (isControl(opcode) ? opcode > opcodes.pong : opcode > opcodes.binary) throw malformed('opcode')
    if (isControl(opcode)) {
      if (short > maxControlBytes || !head.isLast) throw malformed('control frame')
    } else if ((opcode === opcodes.continuation) !== this.#isInMessage) throw malformed('message in pieces')
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    if (bytes.length < 2 + lengthBytes) return 0
    const length = lengthBytes === 0 ? short : lengthBytes === 2 ? bytes.readUInt16BE(2) : longLength(bytes)
    this.#begin({ ...head, length })
    return 2 + lengthBytes
  }

  #mayCompressFrame(opcode: number): boolean {
    return this.#mayCompress && (opcode === opcodes.text || opcode === opcodes.binary)
  }

  #begin(frame: FrameHead): void {
    this.#left = frame.length
    if (!isControl(frame.opcode)) {
      this.#isInMessage = !frame.isLast
      this.#listener.onFrame(frame)
    }
    this.#frame = frame
    if (frame.length === 0) this.#readPayload(frame, noBytes)
  }

  #readPayload(frame: FrameHead, bytes: Buffer): void {
    this.#left -= bytes.length
    const isEnd = this.#left === 0
    if (isEnd) this.#frame = undefined
    if (!isControl(frame.opcode)) return void this.#listener.onPayload(bytes, isEnd)
    this.#control.push(bytes)
    if (isEnd) this.#listener.onControl(frame.opcode, Buffer.concat(this.#control.splice(0)))
  }
}

function longLength(bytes: Buffer): number {
  const length = bytes.readBigUInt64BE(2)
  if (length > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('length')
  return Number(length)
}

function malformed(what: string): CoatcheckError {
  return new CoatcheckError('upstream_malformed', { reason: `WebSocket frame: ${what}` })
}
