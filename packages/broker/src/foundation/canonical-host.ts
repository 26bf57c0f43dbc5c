import { domainToASCII, domainToUnicode } from 'node:url'

/** Longest name, in characters, without the root's dot (RFC 1035 §2.3.4). */
const maxHostLength = 253
/** Underscores stand in real names of services; hyphens at an end of a label do not. */
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/
/** A last label in this form makes resolvers read the whole name as an IPv4 address (WHATWG URL §3.5). */
const numeric = /^(?:[0-9]+|0x[0-9a-f]*)$/
const nonAscii = /[^\0-\x7f]/

/**
 * The one form of a host name: lower-case ASCII, without the root's dot, international labels as punycode. Undefined for
 * whatever else the text may be: an address in any notation, a port, user information, a name that no resolver takes, or
 * one that only becomes a name when its characters are replaced (full-width letters and dots, soft hyphens).
 */
export function canonicalHost(text: string): string | undefined {
  // Bounds the work before anything is converted: the longest name is shorter in punycode than in any escape of it.
  if (text.length === 0 || text.length > maxHostLength + 1) return undefined
  const name = text.endsWith('.') ? text.slice(0, -1) : text
  const labels: string[] = []
  for (const part of name.split('.')) {
    const ascii = canonicalLabel(part)
    if (ascii === undefined) return undefined
    labels.push(ascii)
  }
  // SECURITY: an address never passes for a name, so it can neither match a pattern nor skip the resolver.
  if (numeric.test(labels.at(-1)!)) return undefined
  const host = labels.join('.')
  return host.length <= maxHostLength ? host : undefined
}

function canonicalLabel(text: string): string | undefined {
  const lower = text.toLowerCase()
  const international = nonAscii.test(text)
  if (!international && !lower.startsWith('xn--')) return label.test(lower) ? lower : undefined
  const ascii = domainToASCII(lower)
  // SECURITY: a label stays one label, and means the same when it is read back. Characters that the conversion drops or
  // replaces would let two texts that look different, or one that looks foreign, name the same host.
  if (!label.test(ascii) || !ascii.startsWith('xn--')) return undefined
  const unicode = domainToUnicode(ascii)
  if (international) return unicode === lower.normalize('NFC') ? ascii : undefined
  return nonAscii.test(unicode) && ascii === lower ? ascii : undefined
}
