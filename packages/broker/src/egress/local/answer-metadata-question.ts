import { queryParameters } from '../../injection/query-parameters.ts'
import type { RequestHead } from '../../injection/request-head.ts'
import { soleField } from '../../injection/sole-field.ts'
import type { Refusal } from '../refusal.ts'
import type { RoutedGrant, RoutedScope } from '../routes.ts'
import { type AnswerJudge, type LocalAnswer, placeholderSeconds } from './local-answer.ts'

const flavor = { 'metadata-flavor': 'Google' }
const accounts = '/computeMetadata/v1/instance/service-accounts'

/**
 * What Google’s metadata server would say of the one service account of a sandbox, with its placeholder in place of every token.
 * SECURITY: `grants` are those of the asking sandbox, which holds the placeholder already.
 */
export function answerMetadataQuestion(
  head: RequestHead,
  grants: readonly RoutedGrant[],
  judge: AnswerJudge,
): LocalAnswer | Refusal {
  const { method, path, query } = head
  if (method !== 'GET' && method !== 'HEAD') return text(405, 'only GET')
  if (path === '/') return text(200, 'computeMetadata/\n')
  // As the real one does: a page or a redirect cannot set this field.
  if (soleField(head, 'metadata-flavor')?.value !== 'Google') return text(403, 'Missing Metadata-Flavor:Google header.')
  if (/^\/computeMetadata\/v1\/instance\/?$/.test(path)) return text(200, 'service-accounts/\n')
  if (path === '/computeMetadata/v1/universe/universe-domain') return text(200, 'googleapis.com')
  if (path !== accounts && !path.startsWith(`${accounts}/`)) return text(404, 'not found')
  const [name = '', what = '', ...rest] = path.slice(accounts.length + 1).split('/')
  if (rest.some((part) => part !== '')) return text(404, 'not found')
  if (name === '') return text(200, 'default/\n')
  if (name !== 'default') return text(404, 'not found')

  const parameters = queryParameters(query)
  const audience = parameters.find((parameter) => parameter.name === 'audience')?.value
  const isRecursive = parameters.some((parameter) => parameter.name === 'recursive')
  const accesses = grants.filter(({ scopes }) => scopes.some(givesAccess))
  if (what === 'identity') {
    const identities = grants.filter(({ scopes }) => scopes.some((scope) => audienceOf(scope) === decode(audience)))
    return oneOf(identities, judge, ({ placeholder }) => placeholder)
  }
  if (what === 'token') {
    return oneOf(accesses, judge, ({ placeholder }) => ({
      access_token: placeholder,
      expires_in: placeholderSeconds,
      token_type: 'Bearer',
    }))
  }
  const oauthScopes = [...new Set(accesses.flatMap(({ scopes }) => scopes.flatMap(oauthScopesOf)))]
  if (what === '' && isRecursive)
    return { ...text(200, ''), body: { aliases: ['default'], email: 'default', scopes: oauthScopes } }
  if (what === '') return text(200, 'aliases\nemail\nidentity\nscopes\ntoken\n')
  if (what === 'email' || what === 'aliases') return text(200, 'default')
  return what === 'scopes' ? text(200, oauthScopes.map((scope) => `${scope}\n`).join('')) : text(404, 'not found')
}

/** SECURITY: never a guess between two secrets (AC-4.6). */
function oneOf(
  grants: readonly RoutedGrant[],
  judge: AnswerJudge,
  body: (grant: RoutedGrant) => LocalAnswer['body'],
): LocalAnswer | Refusal {
  const [grant, ...others] = grants
  if (grant === undefined) return text(404, 'no secret of this sandbox gives such a token')
  if (others.length > 0) return text(409, 'several secrets of this sandbox could be meant')
  const refusal = judge(grant)
  return refusal ?? { ...text(200, ''), body: body(grant), env: grant.grant.env }
}

function givesAccess({ injection: { derivation } }: RoutedScope): boolean {
  return derivation?.isMachineIdentity === true && derivation.takes === 'access_token'
}

function audienceOf({ inject, injection: { derivation } }: RoutedScope): string | undefined {
  const { audience } = inject
  return derivation?.isMachineIdentity === true && typeof audience === 'string' ? audience : undefined
}

function oauthScopesOf({ inject: { oauthScopes }, injection: { derivation } }: RoutedScope): readonly string[] {
  return derivation?.isMachineIdentity === true && Array.isArray(oauthScopes) ? oauthScopes : []
}

function decode(value: string | undefined): string | null {
  return value === undefined ? null : new URLSearchParams(`=${value}`).get('')
}

function text(status: number, body: string): LocalAnswer {
  return { status, body, headers: flavor }
}
