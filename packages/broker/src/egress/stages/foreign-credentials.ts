import { type BasicPair, parseBasicPair } from '../../injection/basic-pair.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import {
  canonicalFieldName,
  canonicalParameterName,
  isCredentialField,
  isCredentialParameter,
} from './credential-names.ts'
import type { PlaceholderPlace } from './find-placeholders.ts'
import { queryParameters } from './query-parameters.ts'
import { tokenFormIn } from './token-forms.ts'

/** A credential that Coatcheck did not issue. Holds nothing of its value. */
export interface ForeignCredential {
  readonly surface: 'header' | 'query' | 'path'
  /** Field or parameter that holds it; a parameter only under a name that is known to us. */
  readonly name: string | null
  /** Form of token that was recognised; null where the name alone says that it is a credential. */
  readonly form: string | null
}

/** What clients put beside a user that is the whole credential. */
const fillers: ReadonlySet<string | null> = new Set([null, '', 'x', 'X', 'x-oauth-basic'])

/**
 * The first credential in the head that is none of ours (R-69, SEC-11). `ours` are the declared places of this sandbox's
 * placeholders; the field that holds one holds nothing else, except for the other half of a Basic pair.
 */
export function findForeignCredential(
  head: RequestHead,
  ours: readonly PlaceholderPlace[],
): ForeignCredential | undefined {
  return foreignField(head, ours) ?? foreignParameter(head.query) ?? foreignSegment(head.path)
}

function foreignField({ fields }: RequestHead, ours: readonly PlaceholderPlace[]): ForeignCredential | undefined {
  for (const [index, { name, value }] of fields.entries()) {
    const own = ours.find(({ surface, field }) => surface === 'header-value' && field === index)
    const pair = parseBasicPair(value)
    const form = (pair === undefined ? tokenFormIn(value) : formBeside(pair, own?.placeholder)) ?? null
    const named = own === undefined && value !== '' && isCredentialField(name)
    const foreign = own === undefined ? named || form !== null : pair !== undefined && form !== null
    if (foreign) return { surface: 'header', name: canonicalFieldName(name), form }
  }
  return undefined
}

/** What the halves of a pair hold that are not `own`. */
function formBeside({ user, password }: BasicPair, own: string | undefined): string | undefined {
  if (user === own) return fillers.has(password) ? undefined : 'password'
  return tokenFormIn(user) ?? (password === null || password === own ? undefined : tokenFormIn(password))
}

function foreignParameter(query: string): ForeignCredential | undefined {
  for (const { name, value } of queryParameters(query)) {
    if (isCredentialParameter(name, value)) {
      return { surface: 'query', name: canonicalParameterName(name), form: tokenFormIn(value) ?? null }
    }
    const form = tokenFormIn(value) ?? tokenFormIn(name)
    if (form !== undefined) return { surface: 'query', name: null, form }
  }
  return undefined
}

function foreignSegment(path: string): ForeignCredential | undefined {
  const form = tokenFormIn(path)
  return form === undefined ? undefined : { surface: 'path', name: null, form }
}
