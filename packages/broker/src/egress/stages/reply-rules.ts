import type { HeaderField } from '../../http/header-field.ts'
import type { Exchange, ReplyRules } from '../exchange.ts'
import type { Scrubbers } from '../scrubbers.ts'

/** Ask for a part of a body, or for a compressed one. */
const partial = new Set(['range', 'if-range', 'accept-encoding'])

/** What becomes of the response to a request that carries a secret; undefined for one that carries none. The strictest scope decides. */
export function replyRules({ attachments }: Exchange, scrubbers: Scrubbers): ReplyRules | undefined {
  if (attachments.length === 0) return undefined
  const scopes = attachments.map(({ scope }) => scope)
  return {
    cookies: scopes.every(({ cookies }) => cookies === 'pass') ? 'pass' : 'drop',
    uninspected: scopes.every(({ uninspected }) => uninspected === 'pass') ? 'pass' : 'block',
    scrubber: scrubbers.of(attachments),
  }
}

/** The fields of a request whose response has to be searched: it is asked for whole, and as it is. */
export function plainlyAsked(fields: HeaderField[], rules: ReplyRules | undefined): HeaderField[] {
  if (rules?.uninspected !== 'block') return fields
  const kept = fields.filter(({ name }) => !partial.has(name.toLowerCase()))
  return [...kept, { name: 'Accept-Encoding', value: 'identity' }]
}
