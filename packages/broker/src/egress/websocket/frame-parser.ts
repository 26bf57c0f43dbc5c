import { CoatcheckError } from '@coatcheck/contract'
import { type FrameHead, isControl, maxControlBytes, opcodes } from './frame.ts'
import { applyMask } from './mask.ts'

/** Hears what is in the frames of a client. What it throws, `write` throws. */
export interface FrameListener {
  /** A frame of a message begins. */
  onFrame(head: FrameHead): void
  /** A part of its payload, unmasked. */
  onPayload(payload: Buffer): void
  onFrameEnd(): void
  /** A whole control frame; it may stand between the frames of a message. */
  onControl(opcode: number, payload: Buffer): void
}

const headBytes = 2
const maskBytes = 4
const noBytes = Buffer.alloc(0)

/**
 * Reads the frames that a client sends, RFC 6455 §5, wherever the bytes are cut. SECURITY: strict, so that the service cannot
 * read other frames out of the same bytes. Keeps nothing but heads and control frames.
 */
export class FrameParser {
  readonly #listener: FrameListener
  readonly #mayCompress: boolean
  /** Bytes of a head that is not complete. */
  #unread: Buffer = noBytes
  #frame: FrameHead | undefined
  #mask: Buffer = noBytes
  #position = 0
  #control: Buffer[] = []
  #isInMessage = false
  #isClosed = false

  /** @param mayCompress whether permessage-deflate was agreed on */
  constructor(listener: FrameListener, mayCompress: boolean) {
    this.#listener = listener
    this.#mayCompress = mayCompress
  }

  /** Nothing of a frame has come that is not complete. */
  get isBetweenFrames(): boolean {
    return this.#frame === undefined && this.#unread.length === 0
  }

  /** @throws CoatcheckError `request_malformed` at the first byte that is no frame */
  write(chunk: Buffer): void {
    const bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    this.#unread = noBytes
    let at = 0
    while (at < bytes.length) {
      if (this.#frame === undefined) {
        const length = this.#readHead(bytes.subarray(at))
        if (length === 0) {
          this.#unread = Buffer.from(bytes.subarray(at))
          return
        }
        at += length
      } else {
        const end = Math.min(bytes.length, at + this.#frame.length - this.#position)
        this.#readPayload(this.#frame, bytes.subarray(at, end))
        at = end
      }
    }
  }

  /** @returns bytes of the head; 0 while it is not complete */
  #readHead(bytes: Buffer): number {
    // What the first bytes say is judged before the others are there.
    const [first, second] = [bytes[0]!, bytes[1]]
    const [isLast, isCompressed, opcode] = [(first & 0x80) !== 0, (first & 0x40) !== 0, first & 0x0f]
    this.#checkKind(first, isLast, isCompressed, opcode)
    if (second === undefined) return 0
    if ((second & 0x80) === 0) throw malformed('not masked')
    const short = second & 0x7f
    if (isControl(opcode) && short > maxControlBytes) throw malformed('control frame too long')
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
    const maskAt = headBytes + lengthBytes
    if (bytes.length < maskAt + maskBytes) return 0
    const length = readLength(bytes, short)
    if (opcode === opcodes.close && length === 1) throw malformed('close code')
    this.#mask = Buffer.from(bytes.subarray(maskAt, maskAt + maskBytes))
    this.#begin({ isLast, isCompressed, opcode, length })
    return maskAt + maskBytes
  }

  #checkKind(first: number, isLast: boolean, isCompressed: boolean, opcode: number): void {
    if (this.#isClosed) throw malformed('frame behind a close')
    if ((first & 0x30) !== 0) throw malformed('reserved bit')
    if (isControl(opcode)) {
      if (opcode > opcodes.pong) throw malformed('opcode')
      if (!isLast) throw malformed('control frame in pieces')
    } else {
      if (opcode > opcodes.binary) throw malformed('opcode')
      if ((opcode === opcodes.continuation) !== this.#isInMessage) throw malformed('message in pieces')
    }
    const mayBeCompressed = this.#mayCompress && (opcode === opcodes.text || opcode === opcodes.binary)
    if (isCompressed && !mayBeCompressed) throw malformed('reserved bit')
  }

  #begin(frame: FrameHead): void {
    this.#frame = frame
    this.#position = 0
    if (!isControl(frame.opcode)) {
      this.#isInMessage = !frame.isLast
      this.#listener.onFrame(frame)
    }
    if (frame.length === 0) this.#end(frame)
  }

  #readPayload(frame: FrameHead, bytes: Buffer): void {
    const payload = applyMask(bytes, this.#mask, this.#position)
    this.#position += bytes.length
    if (isControl(frame.opcode)) this.#control.push(payload)
    else this.#listener.onPayload(payload)
    if (this.#position === frame.length) this.#end(frame)
  }

  #end({ opcode }: FrameHead): void {
    this.#frame = undefined
    if (!isControl(opcode)) return void this.#listener.onFrameEnd()
    const payload = Buffer.concat(this.#control.splice(0))
    this.#isClosed = opcode === opcodes.close
    this.#listener.onControl(opcode, payload)
  }
}

/** SECURITY: a length that is longer than it needs to be is read in two ways. */
function readLength(bytes: Buffer, short: number): number {
  if (short < 126) return short
  if (short === 126) {
    const length = bytes.readUInt16BE(headBytes)
    if (length < 126) throw malformed('length')
    return length
  }
  const length = bytes.readBigUInt64BE(headBytes)
  if (length < 0x10000n || length > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('length')
  return Number(length)
}

function malformed(what: string): CoatcheckError {
  return new CoatcheckError('request_malformed', { reason: `WebSocket frame: ${what}` })
}
