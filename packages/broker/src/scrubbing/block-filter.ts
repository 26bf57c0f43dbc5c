import { blockBytes, blockFilterCode, highAt, inputAt, lowAt, maxInputBytes, outputAt } from './block-filter-code.ts'
import type { TokenClass } from './token-class.ts'

/** The part of the engine’s WebAssembly that is used here; the types of Node leave it out. */
interface Engine {
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object) => { readonly exports: Exports }
  validate(code: Uint8Array<ArrayBuffer>): boolean
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly filter: (length: number, shortest: number) => number
}

/** The one module of a thread, and its memory as bytes and as places. */
interface Loaded {
  readonly bytes: Buffer
  readonly places: Uint32Array
  readonly filter: Exports['filter']
}

/** Least run that the module knows of, in bytes. */
const leastRun = 8
/** The longest that it tells from shorter ones. */
const mostRun = 16
/** Bytes that two pieces of a long input share, so that no run falls between them. */
const overlapBytes = blockBytes

let loaded: Loaded | undefined

/** Passes over what has no long run of a class in it, sixteen bytes at a time, before anybody looks more closely. */
export class BlockFilter {
  /** Bytes of one block. */
  static readonly blockBytes = blockBytes
  readonly #tables: Buffer
  readonly #shortest: number
  readonly #module: Loaded

  private constructor(tokens: TokenClass, shortest: number, module: Loaded) {
    this.#tables = tablesOf(tokens)
    this.#shortest = Math.min(shortest, mostRun)
    this.#module = module
  }

  /** @returns undefined where runs are too short for it, where the class has other characters than ASCII, and where the engine has no SIMD */
  static of(tokens: TokenClass, shortest: number): BlockFilter | undefined {
    if (shortest < leastRun || tokens.subarray(0x80).some((mark) => mark !== 0)) return undefined
    loaded ??= load()
    return loaded && new BlockFilter(tokens, shortest, loaded)
  }

  /**
   * Calls back with the place of each block, in order, in which a run that is long enough, and begins at `from` or behind it, ends or is
   * going on; with some others too.
   */
  find(bytes: Buffer, from: number, to: number, found: (block: number) => void): void {
    const { bytes: memory, filter, places } = this.#module
    for (let at = from; ; at += maxInputBytes - overlapBytes) {
      // SECURITY: for each piece: who was called back may have searched for another class in the same memory.
      this.#tables.copy(memory, lowAt)
      const length = Math.min(maxInputBytes, to - at)
      const padded = Math.ceil(length / blockBytes) * blockBytes
      if (padded === 0) return
      bytes.copy(memory, inputAt, at, at + length)
      memory.fill(0, inputAt + length, inputAt + padded)
      const end = filter(padded, this.#shortest)
      // A copy: who is called back may search for something else in the same memory.
      if (end > outputAt) for (const place of places.slice(outputAt / 4, end / 4)) found(at + place)
      if (at + length >= to) return
    }
  }
}

function load(): Loaded | undefined {
  const { WebAssembly: engine } = globalThis as { readonly WebAssembly?: Engine }
  if (engine?.validate(blockFilterCode) !== true) return undefined
  const { filter, memory } = new engine.Instance(new engine.Module(blockFilterCode)).exports
  return { bytes: Buffer.from(memory.buffer), places: new Uint32Array(memory.buffer), filter }
}

/** By the low half of a byte, a bit for each high half with which it is in the class; and these bits by the high half. */
function tablesOf(tokens: TokenClass): Buffer {
  const tables = Buffer.alloc(32)
  for (let byte = 0; byte < 0x80; byte += 1) if (tokens[byte] !== 0) tables[lowAt + (byte & 0x0f)]! |= 1 << (byte >> 4)
  for (let high = 0; high < 8; high += 1) tables[highAt + high] = 1 << high
  return tables
}
