import { canonicalHost } from '../foundation/canonical-host.ts'
import { type MailAddress, parseMailAddress } from './mail-address.ts'

/** Mailboxes that a scope names: one, or all of a domain. */
export type MailPattern =
  | { readonly kind: 'address'; readonly address: MailAddress }
  | { readonly kind: 'domain'; readonly domain: string }

/** Reads `local@domain`, or `@domain` or `*@domain` for every mailbox of just that domain; undefined for anything else. */
export function parseMailPattern(written: string): MailPattern | undefined {
  const text = written.replace(/^\*@/, '@')
  // Whoever writes a star means more than the mailbox that is called so.
  if (text.includes('*')) return undefined
  if (!text.startsWith('@')) {
    const address = parseMailAddress(text)
    return address && { kind: 'address', address }
  }
  const domain = canonicalHost(text.slice(1))
  return domain?.includes('.') === true ? { kind: 'domain', domain } : undefined
}

/**
 * The text under which a mailbox is sent that one of the patterns names; undefined where none does. SECURITY: letters of a local part may
 * differ in case, since what is sent is what the scope says.
 */
export function namedBy(patterns: readonly MailPattern[], { local, domain, text, isPlain }: MailAddress) {
  for (const pattern of patterns) {
    if (pattern.kind === 'domain') {
      // SECURITY: a relay of the domain could read a local part that is not plain as the way to another one.
      if (pattern.domain === domain && isPlain) return text
      continue
    }
    const { address } = pattern
    if (address.domain === domain && address.local.toLowerCase() === local.toLowerCase()) return address.text
  }
  return undefined
}
