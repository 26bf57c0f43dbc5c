import { timingSafeEqual } from 'node:crypto'
import { BlockFilter } from './block-filter.ts'
import { type Finding, replacementFor } from './replacement.ts'
import type { Fit, ScrubbedValue } from './scrubbed-value.ts'
import { escapeLead, hexDigits, type TokenClass, tokenClassFor } from './token-class.ts'
import { type Unescaped, undoEscapes } from './undo-escapes.ts'
import { formsOf, type ValueForm } from './value-form.ts'
import { fold, WindowHash } from './window-hash.ts'

/** What a look at some bytes came to. */
export interface Look {
  /** In order, and apart from each other. */
  readonly findings: readonly Finding[]
  /** Bytes from here on may be the beginning of something. */
  readonly safeEnd: number
}

/** Windows that are compared, in bytes; a form that is shorter is compared whole. */
const windowBytes = 16
const hexWindowBytes = 32
/** Escapes within escapes are undone so often. */
const maxRounds = 3
/** An escaped character takes up to six bytes, and a value in hexadecimal twice as many characters as it has bytes. */
const expansion = 12
const minHeldBytes = 512

const nothing: readonly Finding[] = []

/** Hears of a run, and the marks of its bytes, one bit or another. */
type RunFound = (start: number, end: number, marks: number) => void

/**
 * Looks for values in every form. It goes by runs of characters that keys are made of: shorter ones are passed over, in the others
 * every window is hashed. SECURITY: neither the work nor what is held back depends on what the values are (SEC-03).
 */
export class ValueSearch {
  /** Longest run that is held back for its end, in bytes: a power of two, so that it does not tell the length of a value. */
  readonly maxHeldBytes: number
  /** Bytes that were looked at so far, as often as they were. */
  steps = 0
  readonly #tokens: TokenClass
  readonly #hashes: readonly WindowHash<ValueForm>[]
  readonly #shortest: number
  readonly #filter: BlockFilter | undefined

  /** @param longestKeyBytes of what else is looked for in the same runs */
  constructor(values: readonly ScrubbedValue[], longestKeyBytes = 0) {
    const hashes = new Map<string, WindowHash<ValueForm>>()
    let longest = 0
    for (const form of values.flatMap(formsOf)) {
      const isFolded = form.encoding === 'hexadecimal'
      const width = Math.min(form.bytes.length, isFolded ? hexWindowBytes : windowBytes)
      const key = `${width} ${isFolded}`
      const hash = hashes.get(key) ?? new WindowHash(width, isFolded)
      hashes.set(key, hash)
      hash.add(form.bytes, form)
      longest = Math.max(longest, form.value.bytes.length)
    }
    this.#hashes = [...hashes.values()]
    this.#shortest = Math.min(windowBytes, ...this.#hashes.map(({ width }) => width))
    this.#tokens = tokenClassFor(values.map(({ bytes }) => bytes))
    this.#filter = BlockFilter.of(this.#tokens, this.#shortest)
    this.maxHeldBytes = Math.max(minHeldBytes, longestKeyBytes * 2, 2 ** Math.ceil(Math.log2(longest * expansion)))
  }

  /** @param isEnd nothing comes behind these bytes that belongs to them */
  look(bytes: Buffer, isEnd: boolean, fit: Fit): Look {
    const tokens = this.#tokens
    let open = bytes.length
    let openMarks = 0
    if (!isEnd) {
      for (let mark = 0; open > 0; open -= 1, openMarks |= mark) {
        mark = tokens[bytes[open - 1]!]!
        if (mark === 0) break
      }
    }
    let findings: Finding[] | undefined
    this.#eachToken(bytes, open, (start, end, marks) => {
      findings = this.#lookInto(bytes, start, end, marks, fit, findings)
    })
    if (open === bytes.length || bytes.length - open <= this.maxHeldBytes) {
      return { findings: settled(findings), safeEnd: open }
    }
    findings = this.#lookInto(bytes, open, bytes.length, openMarks, fit, findings)
    // What goes on behind the last byte cannot be written anew yet: it is found again.
    const whole = settled(findings).filter(({ end }) => end < bytes.length)
    return { findings: whole, safeEnd: Math.max(whole.at(-1)?.end ?? 0, bytes.length - this.maxHeldBytes) }
  }

  /** Calls back for each run of the class that is long enough to have something in it. */
  #eachToken(bytes: Buffer, to: number, found: RunFound): void {
    const tokens = this.#tokens
    const shortest = this.#shortest
    const filter = this.#filter
    if (filter === undefined || to < BlockFilter.blockBytes) {
      this.#eachRun(bytes, 0, to, 0, to, tokens, shortest, found)
      return
    }
    this.steps += Math.ceil(to / BlockFilter.blockBytes)
    let seen = 0
    filter.find(bytes, 0, to, (block) => {
      // A run that is long enough within the block has as many bytes behind this one.
      const from = Math.max(seen, block - shortest + 1)
      const until = Math.min(to, block + BlockFilter.blockBytes)
      seen = Math.max(seen, this.#eachRun(bytes, from, until, 0, to, tokens, shortest, found))
    })
  }

  /**
   * Calls back for each run of at least `shortest` bytes of a class that has as many between `from` and `until`; runs go from `first`
   * to `last` at most. @returns where the last of them ends, or `from`
   */
  #eachRun(
    bytes: Buffer,
    from: number,
    until: number,
    first: number,
    last: number,
    tokens: TokenClass,
    shortest: number,
    found: RunFound,
  ): number {
    let probes = 0
    let behind = from
    // A run of that many bytes has one of these among them, wherever it begins.
    for (let probe = from + shortest - 1; probe < until; probe += shortest) {
      probes += 1
      let marks = tokens[bytes[probe]!]!
      if (marks === 0) continue
      let start = probe
      let end = probe + 1
      for (let mark = 0; start > first; start -= 1, marks |= mark) {
        mark = tokens[bytes[start - 1]!]!
        if (mark === 0) break
      }
      for (let mark = 0; end < last; end += 1, marks |= mark) {
        mark = tokens[bytes[end]!]!
        if (mark === 0) break
      }
      probes += end - start
      if (end - start >= shortest) {
        found(start, end, marks)
        behind = end
      }
      probe = end
    }
    this.steps += probes
    return behind
  }

  #lookInto(
    bytes: Buffer,
    start: number,
    end: number,
    marks: number,
    fit: Fit,
    earlier: Finding[] | undefined,
  ): Finding[] | undefined {
    let findings = this.#hash(bytes, start, end, undefined, fit, earlier)
    if ((marks & escapeLead) === 0) return findings
    let plain: Unescaped | undefined = undoEscapes(bytes, start, end)
    for (let round = 0; round < maxRounds && plain !== undefined; round += 1) {
      findings = this.#hash(plain.bytes, 0, plain.bytes.length, plain.starts, fit, findings)
      plain = undoEscapes(plain.bytes, 0, plain.bytes.length, plain.starts)
    }
    return findings
  }

  #hash(
    bytes: Buffer,
    start: number,
    end: number,
    starts: Int32Array | undefined,
    fit: Fit,
    earlier: Finding[] | undefined,
  ): Finding[] | undefined {
    let findings = earlier
    for (const hash of this.#hashes) {
      const found = (forms: readonly ValueForm[], behind: number): void => {
        for (const form of forms) {
          const at = behind - form.bytes.length
          if (at < start || !isSame(bytes.subarray(at, behind), form.bytes, hash.isFolded)) continue
          findings ??= []
          findings.push(replacementFor(form, { bytes, start, end, starts }, at, behind, fit))
        }
      }
      const hashRun = (from: number, to: number): void => {
        this.steps += to - from
        hash.find(bytes, from, to, found)
      }
      if (hash.isFolded) this.#eachRun(bytes, start, end, start, end, hexDigits, hash.width, hashRun)
      else hashRun(start, end)
    }
    return findings
  }
}

/** SECURITY: in a time that does not tell where they differ (SEC-03). */
function isSame(bytes: Buffer, form: Buffer, isFolded: boolean): boolean {
  return timingSafeEqual(isFolded ? Buffer.from(bytes.map(fold)) : bytes, form)
}

/** Findings in order; where some overlap, all that they cover is replaced by what the longest of them says. */
function settled(findings: Finding[] | undefined): readonly Finding[] {
  if (findings === undefined) return nothing
  const sorted = findings.toSorted((left, right) => left.start - right.start || right.end - left.end)
  const apart: Finding[] = []
  for (const next of sorted) {
    const last = apart.at(-1)
    if (last === undefined || next.start >= last.end) apart.push(next)
    else if (next.end > last.end) {
      const { text } = next.end - next.start > last.end - last.start ? next : last
      apart.splice(-1, 1, { start: last.start, end: next.end, text })
    }
  }
  return apart
}
