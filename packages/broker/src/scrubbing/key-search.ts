import type { Finding } from './replacement.ts'
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

/** One form, ready for use. */
interface SearchedForm {
  readonly prefix: Buffer
  /** From a place on. */
  readonly pattern: RegExp
}

/**
 * Looks for keys of known forms, whatever their values. SECURITY: it goes by what is public alone, the prefix first, so its time tells
 * of no secret. A form is tried so often in a run of characters, and no more: whoever writes the response cannot make it slow.
 */
export class KeySearch {
  readonly #forms: readonly SearchedForm[]
  readonly #known: readonly Buffer[]

  /** @param known texts of these forms that are worthless, and stay */
  constructor(forms: readonly KeyForm[], known: readonly string[]) {
    this.#forms = forms.map(searched)
    this.#known = known.map((text) => Buffer.from(text, 'latin1'))
  }

  /** The same look with the keys among what is safe in it, and how many these are. What was found there before is left alone. */
  extend(bytes: Buffer, look: Look): { readonly look: Look; readonly keys: number } {
    let { safeEnd } = look
    let keys: Finding[] | undefined
    let text: string | undefined
    for (const { prefix, pattern } of this.#forms) {
      let runEnd = 0
      let misses = 0
      for (let at = bytes.indexOf(prefix); at >= 0 && at < safeEnd; ) {
        text ??= bytes.toString('latin1')
        if (at >= runEnd) {
          misses = 0
          runEnd = at
          while (keyBytes[bytes[runEnd] ?? 0] === 1) runEnd += 1
        }
        const end = misses > maxMisses ? runEnd : this.#endOf(bytes, text, at, runEnd, pattern)
        if (end === at) misses += 1
        const isKey = end > at && !look.findings.some((each) => each.start < end && at < each.end)
        if (isKey && !keys?.some((each) => each.start < end && at < each.end)) {
          keys ??= []
          keys.push({ start: at, end, text: inertText(bytes, at, end, prefix.length, pattern) })
          safeEnd = Math.max(safeEnd, end)
        }
        at = bytes.indexOf(prefix, Math.max(end, at + prefix.length))
      }
    }
    if (keys === undefined) return { look, keys: 0 }
    const findings = [...look.findings, ...keys].sort((left, right) => left.start - right.start)
    return { look: { findings, safeEnd }, keys: keys.length }
  }

  /** Where the key ends that begins there; the place itself where none does. */
  #endOf(bytes: Buffer, text: string, at: number, runEnd: number, pattern: RegExp): number {
    pattern.lastIndex = 0
    const match = pattern.exec(text.slice(at, Math.min(runEnd, at + longestKeyBytes)))
    if (match === null) return at
    const isKnown = this.#known.some((known) => bytes.subarray(at, at + known.length).equals(known))
    return isKnown ? at : at + match[0].length
  }
}

/** The forms that can be told from other text. */
export function searchableForms(forms: readonly KeyForm[]): readonly KeyForm[] {
  return forms.filter(({ prefix }) => prefix.length >= shortestPrefix)
}

function searched({ prefix, pattern }: KeyForm): SearchedForm {
  const open = pattern.source.replace(/^\^/, '').replace(/\$$/, '')
  return { prefix: Buffer.from(prefix, 'latin1'), pattern: new RegExp(`(?:${open})`, `${pattern.flags}y`) }
}

/** A text of the same length, and of the same form where one character can make it, with nothing of the key but its prefix. */
function inertText(bytes: Buffer, start: number, end: number, prefixLength: number, pattern: RegExp): Buffer {
  const prefix = bytes.toString('latin1', start, start + prefixLength)
  const rest = bytes.toString('latin1', start + prefixLength, end)
  const texts = ['x', '0', 'A'].map((filler) => prefix + rest.replace(/[A-Za-z0-9]/g, filler))
  const isSameForm = (text: string): boolean => {
    pattern.lastIndex = 0
    return pattern.exec(text)?.[0].length === text.length
  }
  return Buffer.from(texts.find(isSameForm) ?? texts[0]!, 'latin1')
}
