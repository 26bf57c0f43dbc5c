import type { Finding } from './replacement.ts'
import { runNumbers } from './run-finder-code.ts'
import { RunSearch } from './run-search.ts'
import type { Look } from './value-search.ts'

/** How the keys of a service look. */
export interface KeyForm {
  /** Public characters that each begins with. */
  readonly prefix: string
  /** Matches a whole key; anchored, and linear. */
  readonly pattern: RegExp
}

/** A prefix that is shorter stands in other text as well. */
const shortestPrefix = 4
/** Longest key that is looked for, in bytes. */
export const longestKeyBytes = 2048

/** Beginnings in one run that turn out to begin no key; what follows further ones is taken for one. */
const maxMisses = 32
/** What keys are made of; none goes beyond the end of a run of these. */
const keyBytes = Uint8Array.from({ length: 256 }, (_, byte) => Number(/[\w.~+/=%:-]/.test(String.fromCharCode(byte))))
/** The shortest that a pattern of the catalog matches, in bytes; shorter runs are passed over. */
const shortestKeyBytes = 12

/** One form, ready for use. */
interface SearchedForm {
  readonly prefix: string
  /** From a place on. */
  readonly pattern: RegExp
}

/**
 * Looks for keys of known forms, whatever their values. SECURITY: it goes by what is public alone, the prefix first, so its time tells
 * of no secret. A form is tried so often in a run of characters, and no more: whoever writes the response cannot make it slow.
 */
export class KeySearch {
  readonly #forms: readonly SearchedForm[]
  readonly #known: readonly string[]
  readonly #runs = new RunSearch(keyBytes, shortestKeyBytes)

  /** @param known texts of these forms that are worthless, and stay */
  constructor(forms: readonly KeyForm[], known: readonly string[]) {
    this.#forms = forms.map(searched)
    this.#known = known
  }

  /** The same look with the keys among what is safe in it, and how many these are. What was found there before is left alone. */
  extend(bytes: Buffer, look: Look): { readonly look: Look; readonly keys: number } {
    let { safeEnd } = look
    let keys: Finding[] | undefined
    const runs = this.#runs.find(bytes, 0, bytes.length)
    for (let index = 0; index < runs.length; index += runNumbers) {
      const [start, runEnd] = [runs[index]!, runs[index + 1]!]
      if (start >= safeEnd) break
      const run = bytes.toString('latin1', start, runEnd)
      for (const { prefix, pattern } of this.#forms) {
        let misses = 0
        for (let at = run.indexOf(prefix); at >= 0 && start + at < safeEnd; ) {
          const length = misses > maxMisses ? run.length - at : this.#lengthOf(run, at, pattern)
          if (length === 0) misses += 1
          const key = { start: start + at, end: start + at + length }
          const isApart = (each: Finding): boolean => each.end <= key.start || key.end <= each.start
          if (length > 0 && look.findings.every(isApart) && keys?.every(isApart) !== false) {
            keys ??= []
            keys.push({ ...key, text: inertText(run.slice(at, at + length), prefix.length, pattern) })
            safeEnd = Math.max(safeEnd, key.end)
          }
          at = run.indexOf(prefix, at + Math.max(length, prefix.length))
        }
      }
    }
    if (keys === undefined) return { look, keys: 0 }
    const findings = [...look.findings, ...keys].sort((left, right) => left.start - right.start)
    return { look: { findings, safeEnd }, keys: keys.length }
  }

  /** Length of the key that begins there; 0 where none does. */
  #lengthOf(run: string, at: number, pattern: RegExp): number {
    pattern.lastIndex = 0
    const match = pattern.exec(run.slice(at, at + longestKeyBytes))
    if (match === null || this.#known.some((known) => run.startsWith(known, at))) return 0
    return match[0].length
  }
}

/** The forms that can be told from other text. */
export function searchableForms(forms: readonly KeyForm[]): readonly KeyForm[] {
  return forms.filter(({ prefix }) => prefix.length >= shortestPrefix)
}

function searched({ prefix, pattern }: KeyForm): SearchedForm {
  const open = pattern.source.replace(/^\^/, '').replace(/\$$/, '')
  return { prefix, pattern: new RegExp(`(?:${open})`, `${pattern.flags}y`) }
}

/** A text of the same length, and of the same form where one character can make it, with nothing of the key but its prefix. */
function inertText(key: string, prefixLength: number, pattern: RegExp): Buffer {
  const prefix = key.slice(0, prefixLength)
  const rest = key.slice(prefixLength)
  const texts = ['x', '0', 'A'].map((filler) => prefix + rest.replace(/[A-Za-z0-9]/g, filler))
  const isSameForm = (text: string): boolean => {
    pattern.lastIndex = 0
    return pattern.exec(text)?.[0].length === text.length
  }
  return Buffer.from(texts.find(isSameForm) ?? texts[0]!, 'latin1')
}
