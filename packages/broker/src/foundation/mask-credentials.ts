import { looksLikeCredential } from './credential-shape.ts'
import { isPlaceholderText } from './placeholder-grammar.ts'

/** What stands for a part that looks like a credential. */
const mask = '[credential]'
/** Parts of a text: what stands between spaces, quotes, brackets, slashes and the signs between names and values. */
const parts = /[^\s"'`()[\]{}<>,;|/?&=]+/g

/**
 * A text that a person wrote, as it may be repeated: parts that look like a credential or a placeholder are masked. A password that looks
 * like a word is not known for one. Linear in the text.
 */
export function maskCredentials(text: string): string {
  return text.replaceAll(parts, (part) => (isRevealing(part) ? mask : part))
}

function isRevealing(part: string): boolean {
  // Names of members and functions have neither capitals nor digits throughout, and keys have.
  if (!/[0-9A-Z]/.test(part)) return false
  return looksLikeCredential(part) || (isPlaceholderText(part) && (part.match(/\d/g)?.length ?? 0) >= 4)
}
