import { canonicalHost } from '../foundation/canonical-host.ts'

/** A mailbox in the one form in which it is compared and sent. */
export interface MailAddress {
  /** What stands before the `@`, without quotes. */
  readonly local: string
  readonly domain: string
  /** As it is sent. */
  readonly text: string
  /** Its local part means itself to every relay: no quotes, and nothing by which old ones route (`%`, `!`). */
  readonly isPlain: boolean
}

/** Longest local part, in bytes (RFC 5321 §4.5.3.1.1). */
const maxLocalBytes = 64
const dotAtom = /^(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\u{10ffff}-]+(?:\.(?!$)|$))+$/u
const quoted = /^"((?:[ !#-[\]-~]|\\[ -~])+)"@([^@]+)$/
const plain = /^([^@"]+)@([^@]+)$/
/** What is no letter, digit or mark: blanks of all kinds, control and formatting characters. */
const unseen = /[\p{C}\p{Z}]/u

/**
 * Reads `local@domain`. Undefined for whatever else it may be: a source route, an address literal, a name without a dot, a local part
 * that is not well formed, or one that changes when it is normalised.
 */
export function parseMailAddress(text: string): MailAddress | undefined {
  const [, inQuotes, quotedDomain] = quoted.exec(text) ?? []
  const [, outside, plainDomain] = plain.exec(text) ?? []
  const local = inQuotes?.replace(/\\(.)/g, '$1') ?? outside
  const domain = canonicalHost(quotedDomain ?? plainDomain ?? '')
  if (local === undefined || domain === undefined || !domain.includes('.')) return undefined
  const isAtom = dotAtom.test(local) && !unseen.test(local)
  // SECURITY: two texts that look alike are never two mailboxes here.
  if ((inQuotes === undefined && !isAtom) || local !== local.normalize('NFC')) return undefined
  if (Buffer.byteLength(local) > maxLocalBytes) return undefined
  const written = isAtom ? local : `"${local.replace(/["\\]/g, String.raw`\$&`)}"`
  return { local, domain, text: `${written}@${domain}`, isPlain: isAtom && !/[%!]/.test(local) }
}
