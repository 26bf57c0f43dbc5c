import { createBodyWatch } from '../stages/body-watch.ts'
import { type FrameHead, opcodes } from './frame.ts'
import { closeCodeOf, type FrameGuard, placeholderInFrame } from './frame-guard.ts'
import { type FrameListener, FrameParser } from './frame-parser.ts'
import { applyMask } from './mask.ts'
import { freshMask, writeFrameHead, writeMaskedFrame } from './write-frame.ts'

/** A placeholder that may stand in text messages, and what it becomes there. */
export interface FrameSwap {
  readonly placeholder: string
  /** The secret as text that can stand in any message. @throws CoatcheckError `secret_unusable` */
  text(): string
}

/** Text messages up to this many bytes are held until they are complete; in longer ones no placeholder is replaced. */
const maxHeldMessageBytes = 1024 * 1024

const noBytes: Buffer = Buffer.alloc(0)

/**
 * Puts secrets where their placeholders stand in text messages, and writes all frames anew. SECURITY: there only. A placeholder
 * in a binary message, in a control frame, encoded, or of a secret without such a scope is not sent.
 */
export class SwappingGuard implements FrameGuard, FrameListener {
  readonly #parser: FrameParser
  readonly #messages: ReturnType<typeof createBodyWatch>
  readonly #controls: ReturnType<typeof createBodyWatch>
  readonly #texts: ReadonlyMap<string, FrameSwap>
  readonly #pattern: RegExp
  #out: Buffer[] = []
  #frame: FrameHead | undefined
  #mask = noBytes
  #position = 0
  /** The text message that is being held. */
  #held: Buffer[] | undefined
  #heldBytes = 0
  /** Bytes that came of the present frame. */
  #ofFrame = 0
  closeCode: number | undefined

  constructor(placeholders: readonly string[], swaps: readonly FrameSwap[]) {
    this.#parser = new FrameParser(this, false)
    this.#messages = createBodyWatch(placeholders)
    this.#controls = createBodyWatch(placeholders)
    this.#texts = new Map(swaps.map((swap) => [swap.placeholder, swap]))
    this.#pattern = new RegExp(swaps.map(({ placeholder }) => RegExp.escape(placeholder)).join('|'), 'g')
  }

  get isBetweenFrames(): boolean {
    return this.#held !== undefined || this.#frame === undefined
  }

  push(chunk: Buffer): Buffer {
    this.#out = []
    this.#parser.write(chunk)
    return this.#out.length === 1 ? this.#out[0]! : Buffer.concat(this.#out)
  }

  close(): void {}

  onFrame(frame: FrameHead): void {
    this.#frame = frame
    this.#ofFrame = 0
    if (frame.opcode === opcodes.text) {
      this.#held = []
      this.#heldBytes = 0
    }
    if (this.#held === undefined) this.#begin(frame)
  }

  onPayload(payload: Buffer): void {
    this.#ofFrame += payload.length
    if (this.#held === undefined) return void this.#send(payload)
    this.#held.push(payload)
    this.#heldBytes += payload.length
    if (this.#heldBytes > maxHeldMessageBytes) this.#letGo(this.#held)
  }

  onFrameEnd(): void {
    const { isLast } = this.#frame!
    this.#frame = undefined
    if (!isLast || this.#held === undefined) return
    const text = Buffer.concat(this.#held)
    this.#held = undefined
    this.#out.push(writeMaskedFrame(opcodes.text, this.#swapped(text)))
  }

  onControl(opcode: number, payload: Buffer): void {
    if (this.#controls.write(payload)) throw placeholderInFrame()
    if (opcode === opcodes.close) this.closeCode = closeCodeOf(payload)
    this.#out.push(writeMaskedFrame(opcode, payload))
  }

  #swapped(message: Buffer): Buffer {
    const text = message.toString('latin1')
    // What is left of the message without the placeholders that it may have.
    const rest = text.replace(this.#pattern, '')
    this.#look(Buffer.from(rest, 'latin1'))
    if (rest.length === text.length) return message
    return Buffer.from(
      text.replace(this.#pattern, (placeholder) => this.#texts.get(placeholder)!.text()),
      'latin1',
    )
  }

  /** Sends on what was held of a message that is too long, in a frame of its own, and the rest of it as it comes. */
  #letGo(held: readonly Buffer[]): void {
    const frame = this.#frame!
    const bytes = Buffer.concat(held)
    this.#held = undefined
    const left = frame.length - this.#ofFrame
    this.#begin({ isLast: frame.isLast && left === 0, isCompressed: false, opcode: opcodes.text, length: bytes.length })
    this.#send(bytes)
    if (left > 0) this.#begin({ ...frame, opcode: opcodes.continuation, length: left })
  }

  #begin(frame: FrameHead): void {
    this.#mask = freshMask()
    this.#position = 0
    this.#out.push(writeFrameHead(frame, this.#mask))
  }

  #send(payload: Buffer): void {
    this.#look(payload)
    this.#out.push(applyMask(payload, this.#mask, this.#position))
    this.#position += payload.length
  }

  #look(bytes: Buffer): void {
    if (this.#messages.write(bytes)) throw placeholderInFrame()
  }
}
