import { CoatcheckError } from '@coatcheck/contract'
import { defineInjector } from '../define-injector.ts'
import type { Minting } from '../derivation.ts'
import { derivedBearer } from '../derived-bearer.ts'
import { readImpersonatedToken } from '../minting/read-impersonated-token.ts'
import { audienceOption, oauthScopesOption, secondsOption } from '../option-forms.ts'
import { readMembers, type SecretMembers } from '../secret-members.ts'
import { signAssertion } from '../signed-assertion.ts'
import { parseTokenUrl } from '../token-endpoint.ts'

/** The one that Google’s key files name, and the one of older files. */
const tokenUrl = 'https://oauth2.googleapis.com/token'
const formerTokenUrl = 'https://accounts.google.com/o/oauth2/token'

/** Where tokens of other accounts are asked for, and what a token must be good for to ask. */
const credentialsUrl = 'https://iamcredentials.googleapis.com'
const impersonationScope = 'https://www.googleapis.com/auth/iam'
const serviceAccount = /^[a-z0-9-]{1,63}@[a-z0-9.-]{1,128}\.gserviceaccount\.com$/
/** How long they are good for when nothing is said. */
const usualSeconds = '900'

/** Longest life of an assertion that Google takes, in seconds. */
const assertionSeconds = 3_600

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/**
 * `Authorization: Bearer` with a token of Google for a service account: an access token for `oauthScopes`, or an ID token for an
 * `audience`; with `impersonate`, an access token of another account, of which each grant has its own. The secret is the key file of the account, as Google gives it out.
 */
export const gcpServiceAccount = defineInjector({
  kind: 'gcp-service-account',
  surfaces: ['header'],
  options: {
    oauthScopes: oauthScopesOption(false),
    audience: audienceOption,
    impersonate: {
      type: 'text',
      required: false,
      allowed: 'the address of another service account, which the tokens are for',
      accepts: (text) => serviceAccount.test(text),
    },
    seconds: secondsOption(300, 3_600),
  },
  prepare({ oauthScopes, audience, impersonate, seconds }) {
    if ((oauthScopes === undefined) === (audience === undefined)) {
      const reason = 'one of `oauthScopes` (for access tokens) and `audience` (for ID tokens) is needed'
      throw new CoatcheckError('scope_invalid', { injector: 'gcp-service-account', reason })
    }
    if (impersonate === undefined ? seconds !== undefined : oauthScopes === undefined) {
      const reason = '`impersonate` needs `oauthScopes`, and `seconds` needs `impersonate`'
      throw new CoatcheckError('scope_invalid', { injector: 'gcp-service-account', reason })
    }
    const wanted = oauthScopes === undefined ? { target_audience: audience! } : { scope: oauthScopes.join(' ') }
    const wish = impersonate === undefined ? wanted : { scope: impersonationScope }
    const minting = impersonate && impersonation(impersonate, oauthScopes!, seconds ?? usualSeconds)
    return derivedBearer({
      key: JSON.stringify(['gcp-service-account', wanted, impersonate ?? null, seconds ?? null]),
      ...(minting && { minting }),
      endpoint: parseTokenUrl(tokenUrl),
      takes: audience === undefined ? 'access_token' : 'id_token',
      isMachineIdentity: true,
      ask(value, now) {
        const members = readMembers(value)
        demandServiceAccount(members)
        const issuedAt = Math.floor(now.getTime() / 1_000)
        const assertion = signAssertion(members.text('private_key'), members.optional('private_key_id'), {
          iss: members.text('client_email'),
          aud: tokenUrl,
          iat: issuedAt,
          exp: issuedAt + assertionSeconds,
          ...wish,
        })
        return { form: { grant_type: jwtBearer, assertion } }
      },
      renew: () => undefined,
    })
  },
})

/** The tokens of another account: what the key file’s own is good for is asking for them, and nothing else is done with it. */
function impersonation(account: string, scope: readonly string[], seconds: string): Minting {
  return {
    further: {
      endpoint: parseTokenUrl(`${credentialsUrl}/v1/projects/-/serviceAccounts/${account}:generateAccessToken`),
      ask: (token) => ({
        method: 'POST',
        body: JSON.stringify({ scope, lifetime: `${seconds}s` }),
        fields: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
      }),
      read: readImpersonatedToken,
    },
  }
}

/** SECURITY: a key file says where it wants to be sent; nothing but the scope decides that (SEC-15). */
function demandServiceAccount(members: SecretMembers): void {
  const refuse = (reason: string) => new CoatcheckError('secret_unusable', { reason })
  if (members.text('type') !== 'service_account') throw refuse('it is no key file of a service account')
  const named = members.optional('token_uri') ?? tokenUrl
  if (named !== tokenUrl && named !== formerTokenUrl) throw refuse('its `token_uri` is not that of Google')
}
