import { createBodyWatch } from '../stages/body-watch.ts'
import type { Compression } from './compression-offer.ts'
import { type FrameHead, opcodes } from './frame.ts'
import { closeCodeOf, type FrameGuard, placeholderInFrame } from './frame-guard.ts'
import { type FrameListener, FrameParser } from './frame-parser.ts'
import { Inflater } from './inflater.ts'

/** A part of the payload of a compressed message. */
interface Compressed {
  readonly bytes: Buffer
  readonly isEnd: boolean
}

const noBytes = Buffer.alloc(0)

/**
 * Lets frames through as they are, after having looked into them. SECURITY: the bytes with which a placeholder is complete are
 * not sent, in whatever pieces it came: across frames, across messages, compressed.
 */
export class WatchingGuard implements FrameGuard, FrameListener {
  readonly #parser: FrameParser
  readonly #messages: ReturnType<typeof createBodyWatch>
  readonly #controls: ReturnType<typeof createBodyWatch>
  readonly #inflater: Inflater | undefined
  #compressed: Compressed[] = []
  #isLast = false
  #isCompressed = false
  isBetweenFrames = true
  closeCode: number | undefined

  constructor(placeholders: readonly string[], compression: Compression | undefined) {
    this.#parser = new FrameParser(this, compression !== undefined)
    this.#messages = createBodyWatch(placeholders)
    this.#controls = createBodyWatch(placeholders)
    this.#inflater = compression && new Inflater(compression.clientForgets, (bytes) => this.#look(bytes))
  }

  push(chunk: Buffer): Buffer | Promise<Buffer> {
    this.#parser.write(chunk)
    const compressed = this.#compressed
    if (compressed.length > 0) {
      this.#compressed = []
      return this.#inflate(chunk, compressed)
    }
    this.isBetweenFrames = this.#parser.isBetweenFrames
    return chunk
  }

  close(): void {
    this.#inflater?.close()
  }

  onFrame({ isCompressed, isLast, opcode }: FrameHead): void {
    if (opcode !== opcodes.continuation) this.#isCompressed = isCompressed
    this.#isLast = isLast
  }

  onPayload(payload: Buffer): void {
    if (this.#isCompressed) this.#compressed.push({ bytes: payload, isEnd: false })
    else this.#look(payload)
  }

  onFrameEnd(): void {
    if (this.#isCompressed && this.#isLast) this.#compressed.push({ bytes: noBytes, isEnd: true })
  }

  onControl(opcode: number, payload: Buffer): void {
    if (this.#controls.write(payload)) throw placeholderInFrame()
    if (opcode === opcodes.close) this.closeCode = closeCodeOf(payload)
  }

  async #inflate(chunk: Buffer, compressed: readonly Compressed[]): Promise<Buffer> {
    for (const { bytes, isEnd } of compressed) await this.#inflater!.write(bytes, isEnd)
    this.isBetweenFrames = this.#parser.isBetweenFrames
    return chunk
  }

  #look(bytes: Buffer): void {
    if (this.#messages.write(bytes)) throw placeholderInFrame()
  }
}
