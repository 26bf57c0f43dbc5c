import { CoatcheckError } from '@coatcheck/contract'
import { demandReplaceable, type Scrubber } from '../../scrubbing/scrubber.ts'
import type { StreamScrub } from '../../scrubbing/stream-scrub.ts'
import type { Compression } from './compression-offer.ts'
import { type FrameHead, isControl, opcodes } from './frame.ts'
import { Inflater } from './inflater.ts'
import { type ServiceFrameListener, ServiceFrameParser } from './service-frame-parser.ts'
import { writeFrameHead } from './write-frame.ts'

/** A part of a message, in the order in which it came. */
interface Part {
  readonly opcode: number
  readonly isCompressed: boolean
  readonly bytes: Buffer
  /** The message ends with it. */
  readonly isEnd: boolean
}

const noBytes = Buffer.alloc(0)

/**
 * Puts placeholders where values come back in the frames of a service. Messages are written anew, in as many frames as it takes,
 * and without compression, which any client that agreed to it reads as well.
 */
export class FrameScrub implements ServiceFrameListener {
  /** How often something was replaced. */
  hits = 0
  /** How often a key was replaced that nobody knew. */
  newKeys = 0
  readonly #scrubber: Scrubber
  readonly #parser: ServiceFrameParser
  readonly #inflater: Inflater | undefined
  #parts: Part[] = []
  #inflated: Buffer[] = []
  /** Of the message that is coming in. */
  #opcode: number = opcodes.text
  #isCompressed = false
  #isLast = false
  /** Of the message that is going out; undefined between messages. */
  #message: StreamScrub | undefined
  #hasBegun = false

  constructor(scrubber: Scrubber, compression: Compression | undefined) {
    this.#scrubber = scrubber
    this.#parser = new ServiceFrameParser(this, compression !== undefined)
    this.#inflater =
      compression && new Inflater(compression.serverForgets, (bytes) => this.#inflated.push(Buffer.from(bytes)))
  }

  /**
   * What can be sent to the client; the next bytes are given when this is settled. Rejects as it throws.
   * @throws CoatcheckError `upstream_malformed` | `secret_returned` | `new_key_returned`
   */
  push(chunk: Buffer): Buffer | Promise<Buffer> {
    this.#parser.write(chunk)
    const parts = this.#parts
    this.#parts = []
    if (parts.some(({ isCompressed }) => isCompressed)) return this.#pushCompressed(parts)
    return joined(parts.map((part) => this.#write(part, part.bytes)))
  }

  close(): void {
    this.#inflater?.close()
  }

  onFrame({ isCompressed, isLast, opcode }: FrameHead): void {
    this.#isLast = isLast
    if (opcode === opcodes.continuation) return
    this.#opcode = opcode
    this.#isCompressed = isCompressed
  }

  onPayload(bytes: Buffer, isFrameEnd: boolean): void {
    const isEnd = isFrameEnd && this.#isLast
    this.#parts.push({ opcode: this.#opcode, isCompressed: this.#isCompressed, bytes, isEnd })
  }

  onControl(opcode: number, bytes: Buffer): void {
    this.#parts.push({ opcode, isCompressed: false, bytes, isEnd: true })
  }

  async #pushCompressed(parts: readonly Part[]): Promise<Buffer> {
    const out: Buffer[] = []
    for (const part of parts) out.push(this.#write(part, part.isCompressed ? await this.#inflate(part) : part.bytes))
    return joined(out)
  }

  async #inflate({ bytes, isEnd }: Part): Promise<Buffer> {
    try {
      await this.#inflater!.write(bytes, isEnd)
    } catch {
      throw new CoatcheckError('upstream_malformed', { reason: 'WebSocket message: not compressed' })
    }
    return joined(this.#inflated.splice(0))
  }

  #write({ opcode, isEnd }: Part, bytes: Buffer): Buffer {
    if (isControl(opcode)) {
      // Its length has a limit, and the first two bytes of a close are a number.
      const clean = this.#scrubbed(this.#scrubber.stream('fitted'), bytes, true)
      return joined([writeFrameHead({ isLast: true, isCompressed: false, opcode, length: clean.length }), clean])
    }
    this.#message ??= this.#scrubber.stream(opcode === opcodes.text ? 'exact' : 'fitted')
    const clean = this.#scrubbed(this.#message, bytes, isEnd)
    if (clean.length === 0 && !isEnd) return noBytes
    const kind = this.#hasBegun ? opcodes.continuation : opcode
    this.#hasBegun = !isEnd
    if (isEnd) this.#message = undefined
    return joined([writeFrameHead({ isLast: isEnd, isCompressed: false, opcode: kind, length: clean.length }), clean])
  }

  #scrubbed(scrub: StreamScrub, bytes: Buffer, isEnd: boolean): Buffer {
    const before = { hits: scrub.hits, newKeys: scrub.newKeys }
    const clean = scrub.write(bytes)
    const all = isEnd ? joined([clean, scrub.flush()]) : clean
    const found = { hits: scrub.hits - before.hits, newKeys: scrub.newKeys - before.newKeys }
    this.hits += found.hits
    this.newKeys += found.newKeys
    demandReplaceable(this.#scrubber, found)
    return all
  }
}

function joined(parts: readonly Buffer[]): Buffer {
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}
