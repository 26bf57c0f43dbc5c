import { parseBasicPair } from '../../injection/basic-pair.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { soleField } from '../../injection/sole-field.ts'

/** What a client shows a token service: nothing, a user with a password, or a refresh token; `unreadable` where that is not clear. */
export type ShownCredential =
  | { readonly kind: 'none' | 'unreadable' }
  | { readonly kind: 'pair'; readonly user: string; readonly password: string }
  | { readonly kind: 'refresh'; readonly token: string }

/** A question to the token service of a registry, as a client inside sends it. */
export interface RegistryQuestion {
  /** By GET, as the token authentication of Distribution has it, or by a form as its OAuth 2 variant has it. */
  readonly form: 'query' | 'oauth2'
  readonly shown: ShownCredential
  readonly service: string | null
  readonly scopes: readonly string[]
  /** A refresh token is wanted as well. */
  readonly isOffline: boolean
}

/** Reads a question; the code of OAuth where it is none. */
export function readRegistryQuestion(
  head: RequestHead,
  body: Buffer,
): RegistryQuestion | 'invalid_request' | 'unsupported_grant_type' {
  if (head.method === 'GET') return questionIn(new URLSearchParams(head.query), 'query', shownIn(head))
  const type = soleField(head, 'content-type')?.value.split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') return 'invalid_request'
  const members = new URLSearchParams(body.toString('utf8'))
  const shown = credentialIn(members)
  return shown === undefined ? 'unsupported_grant_type' : questionIn(members, 'oauth2', shown)
}

function questionIn(
  members: URLSearchParams,
  form: RegistryQuestion['form'],
  shown: ShownCredential,
): RegistryQuestion | 'invalid_request' {
  const services = members.getAll('service').filter((service) => service !== '')
  if (services.length > 1) return 'invalid_request'
  const scopes = members.getAll('scope').flatMap((text) => text.split(' '))
  return {
    form,
    shown,
    service: services[0] ?? null,
    scopes: scopes.filter((scope) => scope !== ''),
    isOffline: members.get('access_type') === 'offline',
  }
}

/** SECURITY: two fields, or a pair that can be read in two ways, are no credential, and not the absence of one. */
function shownIn(head: RequestHead): ShownCredential {
  if (!head.fields.some(({ name }) => name.toLowerCase() === 'authorization')) return { kind: 'none' }
  const pair = parseBasicPair(soleField(head, 'authorization')?.value ?? '')
  if (pair === undefined || !pair.canonical || pair.password === null) return { kind: 'unreadable' }
  return { kind: 'pair', user: pair.user, password: pair.password }
}

/** RFC 6749 §4.3 and §6. */
function credentialIn(members: URLSearchParams): ShownCredential | undefined {
  const [grantType, token] = [members.get('grant_type'), members.get('refresh_token')]
  if (grantType === 'refresh_token' && token !== null) return { kind: 'refresh', token }
  const [user, password] = [members.get('username'), members.get('password')]
  if (grantType === 'password' && user !== null && password !== null) return { kind: 'pair', user, password }
  return undefined
}
