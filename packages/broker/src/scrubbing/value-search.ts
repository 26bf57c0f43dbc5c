import { timingSafeEqual } from 'node:crypto'
import { type Finding, replacementFor, type Surroundings } from './replacement.ts'
import { hexWindowBytes, runNumbers, windowBytes } from './run-finder-code.ts'
import { RunSearch } from './run-search.ts'
import type { Fit, ScrubbedValue } from './scrubbed-value.ts'
import { escapeLead, hexDigits, type TokenClass, tokenClassFor } from './token-class.ts'
import { type Unescaped, undoEscapes } from './undo-escapes.ts'
import { formsOf, type ValueForm } from './value-form.ts'
import { fold, WindowHash } from './window-hash.ts'
import { WindowSieve } from './window-sieve.ts'

/** What a look at some bytes came to. */
export interface Look {
  /** In order, and apart from each other. */
  readonly findings: readonly Finding[]
  /** Bytes from here on may be the beginning of something. */
  readonly safeEnd: number
}

/** Escapes within escapes are undone so often. */
const maxRounds = 3
/** An escaped character takes up to six bytes, and a value in hexadecimal twice as many characters as it has bytes. */
const expansion = 12
const minHeldBytes = 512

const nothing: readonly Finding[] = []

/** A hash, and what finds the runs in which it is of use; all of a run where that is absent. */
interface SearchedHash {
  readonly hash: WindowHash<ValueForm>
  readonly runs: RunSearch | undefined
}

/**
 * Looks for values in every form. It goes by runs of characters that keys are made of: shorter ones are passed over, in the others
 * every window is hashed. SECURITY: neither the work nor what is held back depends on what the values are (SEC-03).
 */
export class ValueSearch {
  /** Longest run that is held back for its end, in bytes: a power of two, so that it does not tell the length of a value. */
  readonly maxHeldBytes: number
  readonly #tokens: TokenClass
  readonly #runs: RunSearch
  readonly #hashes: readonly SearchedHash[]
  /** Bytes that were hashed so far, as often as they were. */
  #hashed = 0

  /** @param longestKeyBytes of what else is looked for in the same runs */
  constructor(values: readonly ScrubbedValue[], longestKeyBytes = 0) {
    const hashes = new Map<string, WindowHash<ValueForm>>()
    let longest = 0
    const forms = values.flatMap(formsOf)
    for (const form of forms) {
      const isFolded = form.encoding === 'hexadecimal'
      // A form that is shorter than a window is compared whole.
      const width = Math.min(form.bytes.length, isFolded ? hexWindowBytes : windowBytes)
      const key = `${width} ${isFolded}`
      const hash = hashes.get(key) ?? new WindowHash(width, isFolded)
      hashes.set(key, hash)
      hash.add(form.bytes, form)
      longest = Math.max(longest, form.value.bytes.length)
    }
    this.#hashes = [...hashes.values()].map((hash) => ({
      hash,
      runs: hash.isFolded ? new RunSearch(hexDigits, hash.width) : undefined,
    }))
    this.#tokens = tokenClassFor(values.map(({ bytes }) => bytes))
    const shortest = Math.min(windowBytes, ...this.#hashes.map(({ hash }) => hash.width))
    const sieve = WindowSieve.of(
      forms.map(({ bytes, encoding }) => ({ bytes, isHexadecimal: encoding === 'hexadecimal' })),
    )
    this.#runs = new RunSearch(this.#tokens, shortest, sieve)
    this.maxHeldBytes = Math.max(minHeldBytes, longestKeyBytes * 2, 2 ** Math.ceil(Math.log2(longest * expansion)))
  }

  /** Bytes that were looked at so far, as often as they were. */
  get steps(): number {
    return this.#hashes.reduce((sum, { runs }) => sum + (runs?.steps ?? 0), this.#hashed + this.#runs.steps)
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
    const runs = this.#runs.find(bytes, 0, open)
    for (let at = 0; at < runs.length; at += runNumbers) {
      findings = this.#lookInto(bytes, runs[at]!, runs[at + 1]!, runs[at + 2]!, fit, findings)
    }
    if (open === bytes.length || bytes.length - open <= this.maxHeldBytes) {
      return { findings: settled(findings), safeEnd: open }
    }
    findings = this.#lookInto(bytes, open, bytes.length, openMarks, fit, findings)
    // What goes on behind the last byte cannot be written anew yet: it is found again.
    const whole = settled(findings).filter(({ end }) => end < bytes.length)
    return { findings: whole, safeEnd: Math.max(whole.at(-1)?.end ?? 0, bytes.length - this.maxHeldBytes) }
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
    const run = { bytes, start, end, starts }
    for (let index = 0; index < this.#hashes.length; index += 1) {
      const { hash, runs } = this.#hashes[index]!
      if (end - start < hash.width) continue
      if (runs === undefined) findings = this.#compare(hash, run, start, end, fit, findings)
      else {
        const digits = runs.find(bytes, start, end)
        for (let at = 0; at < digits.length; at += runNumbers)
          findings = this.#compare(hash, run, digits[at]!, digits[at + 1]!, fit, findings)
      }
    }
    return findings
  }

  /** Looks between two places of a run for what one hash knows. */
  #compare(
    hash: WindowHash<ValueForm>,
    run: Surroundings,
    from: number,
    to: number,
    fit: Fit,
    earlier: Finding[] | undefined,
  ): Finding[] | undefined {
    let findings = earlier
    this.#hashed += to - from
    for (let behind = hash.find(run.bytes, from, to); behind >= 0; ) {
      for (const form of hash.meanings) {
        const at = behind - form.bytes.length
        if (at < run.start || !isSame(run.bytes.subarray(at, behind), form.bytes, hash.isFolded)) continue
        findings ??= []
        findings.push(replacementFor(form, run, at, behind, fit))
      }
      behind = hash.find(run.bytes, behind - hash.width + 1, to)
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
