import {
  blockBytes,
  factorsAt,
  highAt,
  inputAt,
  leastRun,
  lowAt,
  maxInputBytes,
  outputAt,
  runFinderCode,
  tableAt,
} from './run-finder-code.ts'
import type { TokenClass } from './token-class.ts'
import type { WindowSieve } from './window-sieve.ts'

/** The part of the engine’s WebAssembly that is used here; the types of Node leave it out. */
interface Engine {
  readonly Module: new (code: Uint8Array<ArrayBuffer>) => object
  readonly Instance: new (module: object) => { readonly exports: Exports }
  validate(code: Uint8Array<ArrayBuffer>): boolean
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly find: (length: number, shortest: number, slotBits: number) => number
}

/** The one module of a thread, and its memory as bytes and as numbers. */
interface Loaded {
  readonly bytes: Buffer
  readonly numbers: Int32Array
  readonly find: Exports['find']
}

let loaded: Loaded | undefined

/** Finds the runs of a class in a piece of a text, sixteen bytes at an instruction. */
export class RunFinder {
  /** Bytes that are looked at together. */
  static readonly blockBytes = blockBytes
  /** Longest piece, in bytes. */
  static readonly pieceBytes = maxInputBytes
  /** What the module is told beforehand: its memory up to the input. */
  readonly #settings: Buffer
  readonly #shortest: number
  readonly #slotBits: number
  readonly #module: Loaded

  private constructor(tokens: TokenClass, shortest: number, sieve: WindowSieve | undefined, module: Loaded) {
    this.#settings = settingsOf(tokens, sieve)
    this.#shortest = shortest
    this.#slotBits = sieve?.slotBits ?? 0
    this.#module = module
  }

  /** @returns undefined where runs are too short for it, where the class has other characters than ASCII, or NUL, and where the engine has no SIMD */
  static of(tokens: TokenClass, shortest: number, sieve?: WindowSieve): RunFinder | undefined {
    if (shortest < leastRun || tokens[0] !== 0 || tokens.subarray(0x80).some((mark) => mark !== 0)) return undefined
    loaded ??= load()
    return loaded && new RunFinder(tokens, shortest, sieve, loaded)
  }

  /**
   * The runs between two places that are at most `pieceBytes` apart, in order, as `runNumbers` numbers each: bytes from `from` to where it
   * begins, and to where it ends, and whether an escape may begin in it, as the mark of that. With a sieve, runs are left out in which there is nothing; but
   * not one that goes on at `to` where that is a whole piece behind `from`. The next look of any finder of this thread writes into the same memory.
   */
  find(bytes: Buffer, from: number, to: number): Int32Array {
    const { bytes: memory, find, numbers } = this.#module
    // SECURITY: each time, since something else may have been searched for in the same memory.
    this.#settings.copy(memory)
    const length = to - from
    const padded = Math.ceil(length / blockBytes) * blockBytes
    if (padded === 0) return numbers.subarray(0, 0)
    bytes.copy(memory, inputAt, from, to)
    if (padded > length) memory.fill(0, inputAt + length, inputAt + padded)
    return numbers.subarray(outputAt / 4, find(padded, this.#shortest, this.#slotBits) / 4)
  }
}

function load(): Loaded | undefined {
  const { WebAssembly: engine } = globalThis as { readonly WebAssembly?: Engine }
  if (engine?.validate(runFinderCode) !== true) return undefined
  const { find, memory } = new engine.Instance(new engine.Module(runFinderCode)).exports
  return { bytes: Buffer.from(memory.buffer), numbers: new Int32Array(memory.buffer), find }
}

/** By the low half of a byte, a bit for each high half with which it is in the class; these bits by the high half; and the sieve. */
function settingsOf(tokens: TokenClass, sieve: WindowSieve | undefined): Buffer {
  const settings = Buffer.alloc(sieve === undefined ? factorsAt : tableAt + sieve.table.byteLength)
  for (let byte = 0; byte < 0x80; byte += 1)
    if (tokens[byte] !== 0) settings[lowAt + (byte & 0x0f)]! |= 1 << (byte >> 4)
  for (let high = 0; high < 8; high += 1) settings[highAt + high] = 1 << high
  if (sieve === undefined) return settings
  sieve.factors.copy(settings, factorsAt)
  settings.set(new Uint8Array(sieve.table.buffer), tableAt)
  return settings
}
