import { CoatcheckError, type ExplainRequest } from '@coatcheck/contract'
import { canonicalTarget } from '../../foundation/canonical-path.ts'
import { type Destination, formatAuthority } from '../../foundation/destination.ts'
import type { HeaderField } from '../../http/header-field.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { readAbsoluteTarget } from '../forward/read-target.ts'
import type { Refusal } from '../refusal.ts'

/** A request that nobody sent, as the way out would have read it. */
export interface Question {
  readonly destination: Destination
  readonly head: RequestHead
  /** Why its target has no canonical form, where it has none. */
  readonly ambiguous: string | null
}

const variable = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g
const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/

/**
 * Reads what is to be explained, with `placeholders` in the place of the variables that hold them.
 * @throws CoatcheckError `request_invalid`
 */
export function readQuestion(
  { method, url, headers = [] }: Partial<ExplainRequest> & Pick<ExplainRequest, 'method' | 'url'>,
  placeholders: ReadonlyMap<string, string>,
): Question | Refusal {
  const filled = (text: string): string =>
    text.replace(variable, (whole, braced, bare) => placeholders.get(braced ?? bare) ?? whole)
  const { bare, user } = withoutUser(filled(url).replace(/#.*$/s, ''))
  const read = readAbsoluteTarget(bare)
  if (read === undefined)
    throw invalid('url: must begin with https://, http:// or the scheme of a connection, such as postgres://')
  if (!token.test(method)) throw invalid('method: must be the name of a method')
  if ('code' in read) return read
  const fields = headers.map(({ name, value }) => fieldOf(name, filled(value)))
  // What a client makes of `user:password@` in a URL.
  if (user !== undefined && !hasField(fields, 'authorization')) fields.push(fieldOf('Authorization', `Basic ${user}`))
  if (!hasField(fields, 'host')) fields.push({ name: 'Host', value: formatAuthority(read.destination) })
  const target = canonicalTarget(read.target)
  const isAmbiguous = 'refused' in target
  return {
    destination: read.destination,
    head: { method, ...((isAmbiguous ? target.literal : target) ?? { path: '/', query: '' }), fields },
    ambiguous: isAmbiguous ? target.refused : null,
  }
}

/** Variables that a question names and that hold no placeholder. */
export function unknownVariables(
  { url, headers = [] }: ExplainRequest,
  placeholders: ReadonlyMap<string, string>,
): readonly string[] {
  const texts = [url, ...headers.map(({ value }) => value)].join('\n')
  const named = [...texts.matchAll(variable)].map(([, braced, bare]) => braced ?? bare ?? '')
  return [...new Set(named)].filter((name) => !placeholders.has(name))
}

function withoutUser(url: string): { readonly bare: string; readonly user: string | undefined } {
  const [, lead = '', user, rest = ''] = /^(https?:\/\/)(?:([^/?#]*)@)?(.*)$/is.exec(url) ?? []
  return lead === '' ? { bare: url, user: undefined } : { bare: lead + rest, user }
}

function fieldOf(name: string, value: string): HeaderField {
  const isPair = name.toLowerCase() === 'authorization'
  // Base64 has no colon: whoever writes one means the pair itself.
  const [, lead, pair] = (isPair && /^(Basic +)(.*:.*)$/is.exec(value)) || []
  if (!token.test(name)) throw invalid('headers: a name is not that of a header field')
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw invalid('headers: a value holds what no header field can')
  return { name, value: pair === undefined ? value : `${lead}${Buffer.from(pair, 'latin1').toString('base64')}` }
}

function hasField(fields: readonly HeaderField[], name: string): boolean {
  return fields.some((field) => field.name.toLowerCase() === name)
}

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason })
}
