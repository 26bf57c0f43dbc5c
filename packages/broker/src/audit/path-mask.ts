import { looksLikeCredential } from '../foundation/credential-shape.ts'

/** What stands for a masked segment. */
const mask = '[masked]'
const maxLength = 2_048
/** A placeholder may hide under this many layers of percent-encoding. */
const maxDecodings = 3

/**
 * A path as the journal may hold it: without query and fragment; segments that hold a placeholder or look like a credential
 * masked; everything that is not printable ASCII percent-encoded, so that no reader's screen obeys it; cut after 2,048
 * characters.
 * @param placeholders those of the sandbox that sent the path
 */
export function maskPath(path: string, placeholders: readonly string[]): string {
  const bare = path.replace(/[?#].*$/s, '')
  const isRevealing = (text: string): boolean => placeholders.some((placeholder) => holds(text, placeholder))
  const segments = bare
    .split('/')
    .map((segment) => (isRevealing(segment) || looksLikeCredential(segment) ? mask : segment))
  const masked = segments.join('/')
  // SECURITY: a placeholder that spans segments is in none of them.
  if (isRevealing(masked)) return `/${mask}`
  const printable = masked.replace(/[^\x21-\x7e]+/g, (run) => percentEncode(run))
  return printable.length > maxLength ? `${printable.slice(0, maxLength)}...` : printable
}

function holds(text: string, placeholder: string): boolean {
  if (placeholder === '') return false
  let layer = text
  for (let decodings = 0; decodings <= maxDecodings; decodings++) {
    if (layer.includes(placeholder)) return true
    if (!layer.includes('%')) return false
    layer = percentDecode(layer)
  }
  return false
}

/** Decodes byte by byte, since a broken triplet must not keep the others from being read. */
function percentDecode(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function percentEncode(text: string): string {
  return Buffer.from(text).reduce((out, byte) => `${out}%${byte.toString(16).toUpperCase().padStart(2, '0')}`, '')
}
