import { type Fit, fitText } from './scrubbed-value.ts'
import type { ValueForm } from './value-form.ts'

/** A value that was found, and what is to be written instead. */
export interface Finding {
  readonly start: number
  readonly end: number
  readonly text: Buffer
}

/** Bytes in which a value was found: escapes undone, where `starts` says where each one stood. */
export interface Surroundings {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  readonly starts: Int32Array | undefined
}

/** What is written in the characters `from` to `to`. */
interface Rewrite {
  readonly from: number
  readonly to: number
  readonly text: string
}

const alphabets = {
  base64: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  base64url: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
}
const equals = 0x3d

/** What is written where a form of a value stands, from `at` to `behind`. */
export function replacementFor(
  form: ValueForm,
  surroundings: Surroundings,
  at: number,
  behind: number,
  fit: Fit,
): Finding {
  const { from, to, text } = rewrite(form, surroundings, at, behind, fit)
  const { starts } = surroundings
  const [start, end] = starts === undefined ? [from, to] : [starts[from]!, starts[to]!]
  if (fit === 'exact') return { start, end, text: Buffer.from(text, 'latin1') }
  return { start, end, text: Buffer.from(escapeAlike(text, surroundings, from, to), 'latin1') }
}

function rewrite(form: ValueForm, { bytes, ...bounds }: Surroundings, at: number, behind: number, fit: Fit): Rewrite {
  const { encoding, value } = form
  const { length } = value.bytes
  if (encoding === 'raw') {
    const text = fit === 'exact' ? value.placeholder : fitText(value.placeholder, form.bytes.length)
    return { from: at, to: behind, text }
  }
  if (encoding === 'hexadecimal') {
    const text = fit === 'exact' ? value.placeholder : fitText(value.placeholder, length)
    const hex = Buffer.from(text, 'latin1').toString('hex')
    const isUpper = /[A-F]/.test(bytes.toString('latin1', at, behind))
    return { from: at, to: behind, text: isUpper ? hex.toUpperCase() : hex }
  }
  return rewriteBase64(form, encoding, { bytes, ...bounds }, at, behind, fit)
}

/** The characters at both ends of a value in base64 belong to its neighbours too, whose bits stay. */
function rewriteBase64(
  { offset, value }: ValueForm,
  encoding: 'base64' | 'base64url',
  { bytes, start, end }: Surroundings,
  at: number,
  behind: number,
  fit: Fit,
): Rewrite {
  const sextet = (index: number): number =>
    index < start || index >= end ? -1 : alphabets[encoding].indexOf(String.fromCharCode(bytes[index]!))
  const { length } = value.bytes
  const [before, after] = [offset === 0 ? -1 : sextet(at - 1), sextet(behind)]
  const from = before < 0 ? at : at - 1
  const spare = ((offset + length) * 8) % 6
  const isLast = fit === 'exact' && isEndOfData(spare, after, sextet(behind + (spare === 0 ? 0 : 1)))
  const kept = fit === 'fitted' ? fitText(value.placeholder, length) : value.placeholder
  // Whatever follows keeps its place in the groups of three.
  const text = isLast ? kept : kept.padEnd(kept.length + ((((length - kept.length) % 3) + 3) % 3), '*')
  const head = Buffer.alloc(offset, offset === 1 ? (before >> 4) & 3 : (before >> 2) & 15)
  const tail = spare === 2 ? (after & 15) << 4 : (after & 3) << 6
  const hasTail = !isLast && spare !== 0 && after >= 0
  const all = Buffer.concat([head, Buffer.from(text, 'latin1'), Buffer.from(hasTail ? [tail] : [])])
  const encoded = all.toString(encoding)
  const first = Math.ceil((offset * 8) / 6) - (before < 0 ? 0 : 1)
  if (isLast) {
    let to = behind + (spare === 0 ? 0 : 1)
    const unpadded = to
    while (to < end && bytes[to] === equals) to += 1
    const isPadded = spare === 0 ? encoding === 'base64' : to > unpadded
    return { from, to, text: (isPadded ? encoded : encoded.replace(/=+$/, '')).slice(first) }
  }
  const last = Math.floor(((offset + text.length) * 8) / 6) + (hasTail ? 1 : 0)
  return { from, to: behind + (hasTail ? 1 : 0), text: encoded.slice(first, last) }
}

/** Whether the value is the last thing that was encoded. */
function isEndOfData(spare: number, after: number, next: number): boolean {
  if (next >= 0) return false
  return spare === 0 || (after >= 0 && (after & (spare === 2 ? 15 : 3)) === 0)
}

/** The text with each character escaped in the way, and at the length, of the one that it replaces. */
function escapeAlike(text: string, { starts }: Surroundings, from: number, to: number): string {
  if (starts === undefined) return text
  let written = ''
  for (let index = from; index < to; index += 1) {
    const character = text[index - from] ?? ''
    const width = starts[index + 1]! - starts[index]!
    const hex = character.charCodeAt(0).toString(16).toUpperCase()
    if (width === 3) written += `%${hex.padStart(2, '0')}`
    else if (width === 6) written += `\\u${hex.padStart(4, '0')}`
    // No other escape can stand for any character: what fills the place is no part of the text.
    else written += fitText(character, width)
  }
  return written
}
