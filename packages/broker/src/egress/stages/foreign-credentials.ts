import type { HeaderField } from '../../http/header-field.ts'
import { parseBasicPair } from '../../injection/basic-pair.ts'
import { canonicalFieldName, canonicalParameterName } from '../../injection/canonical-names.ts'
import { cookiePairs } from '../../injection/cookie-pairs.ts'
import type { CredentialPlaces } from '../../injection/injector.ts'
import { queryParameters, spellName, withoutParameters } from '../../injection/query-parameters.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { isCredentialField, isCredentialParameter } from './credential-names.ts'
import type { PlaceholderPlace } from './find-placeholders.ts'
import { tokenFormIn } from './token-forms.ts'

/** A credential that Coatcheck did not issue. Holds nothing of its value. */
export interface ForeignCredential {
  readonly surface: 'header' | 'query' | 'path' | 'body'
  /** Field or parameter that holds it; a parameter only under a name that is known to us. */
  readonly name: string | null
  /** Form of token that was recognised; null where the name alone says that it is a credential. */
  readonly form: string | null
  /** Index of the field or parameter that is nothing else; null where it cannot be taken off alone. */
  readonly at: number | null
}

/** A request in which foreign credentials are looked for. */
export interface ForeignSearch {
  readonly head: RequestHead
  /** The same without the placeholders that stand in declared places. */
  readonly rest: RequestHead
  /** Where placeholders of this sandbox stand. */
  readonly ours: readonly PlaceholderPlace[]
  /** Where the scopes of this host have their credentials: whatever else stands there is foreign. */
  readonly places: readonly CredentialPlaces[]
  /** Whether an empty parameter in such a place counts: something is about to be put there. */
  readonly strict: boolean
}

/** What clients put beside a user that is the whole credential. */
const fillers: ReadonlySet<string | null> = new Set([null, '', 'x', 'X', 'x-oauth-basic'])

/** Every credential in the head that is none of ours (R-69, SEC-11). */
export function findForeignCredentials(search: ForeignSearch): ForeignCredential[] {
  return [...foreignFields(search), ...foreignParameters(search), ...foreignSegments(search)]
}

/** Takes foreign credentials off a head. Each must have an index. */
export function removeCredentials(head: RequestHead, credentials: readonly ForeignCredential[]): void {
  const at = (surface: string): Set<number> =>
    new Set(credentials.filter((credential) => credential.surface === surface).map((credential) => credential.at!))
  const fields = at('header')
  head.fields.splice(0, head.fields.length, ...head.fields.filter((_, index) => !fields.has(index)))
  const parameters = at('query')
  if (parameters.size > 0) head.query = withoutParameters(head.query, parameters)
}

function foreignFields({ head, rest, ours, places }: ForeignSearch): ForeignCredential[] {
  const found: ForeignCredential[] = []
  for (const [index, field] of head.fields.entries()) {
    const own = ours.some((place) => place.surface === 'header-value' && place.field === index)
    const name = canonicalFieldName(field.name)
    const form = own ? formBeside(field, rest.fields[index]!) : formIn(field.value)
    const named =
      !own &&
      field.value !== '' &&
      (isCredentialField(field.name) || places.some(({ fields }) => fields.includes(name)))
    if (named || form !== null) found.push({ surface: 'header', name, form, at: own ? null : index })
  }
  return found
}

function formIn(value: string): string | null {
  const pair = parseBasicPair(value)
  return (
    (pair === undefined ? tokenFormIn(value) : (tokenFormIn(pair.user) ?? tokenFormIn(pair.password ?? ''))) ?? null
  )
}

/** What stands beside our placeholder in its field; `left` is the field without it. */
function formBeside(whole: HeaderField, left: HeaderField): string | null {
  if (whole.name.toLowerCase() === 'cookie') {
    return cookiePairs(left.value).some(({ value }) => value !== '') ? 'another cookie' : null
  }
  const pair = parseBasicPair(left.value)
  const isUser = pair !== undefined && pair.user !== parseBasicPair(whole.value)?.user
  return isUser ? (fillers.has(pair.password) ? null : 'password') : formIn(left.value)
}

function foreignParameters({ head, rest, places, strict }: ForeignSearch): ForeignCredential[] {
  const found: ForeignCredential[] = []
  const left = queryParameters(rest.query)
  for (const [index, { name, value }] of queryParameters(head.query).entries()) {
    const own = left[index]?.value !== value
    const declared = !own && places.some(({ parameters }) => parameters.includes(spellName(name)))
    const named = (declared && (strict || value !== '')) || (!own && isCredentialParameter(name, value))
    const form = (own ? tokenFormIn(left[index]?.value ?? '') : (tokenFormIn(value) ?? tokenFormIn(name))) ?? null
    if (!named && form === null) continue
    found.push({ surface: 'query', name: named ? canonicalParameterName(name) : null, form, at: own ? null : index })
  }
  return found
}

function foreignSegments({ rest, places }: ForeignSearch): ForeignCredential[] {
  const form = tokenFormIn(rest.path) ?? null
  // Where the placeholder stood there is nothing now.
  const declared = places.some(({ path }) => (path?.valueIn(rest.path) ?? '') !== '')
  return declared || form !== null ? [{ surface: 'path', name: null, form, at: null }] : []
}
