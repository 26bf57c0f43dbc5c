import { CoatcheckError } from '@coatcheck/contract'
import { defineInjector } from '../define-injector.ts'
import { derivedBearer } from '../derived-bearer.ts'
import { audienceOption, oauthScopesOption } from '../option-forms.ts'
import { readMembers, type SecretMembers } from '../secret-members.ts'
import { signAssertion } from '../signed-assertion.ts'
import { parseTokenUrl } from '../token-endpoint.ts'

/** The one that Google’s key files name, and the one of older files. */
const tokenUrl = 'https://oauth2.googleapis.com/token'
const formerTokenUrl = 'https://accounts.google.com/o/oauth2/token'

/** Longest life of an assertion that Google takes, in seconds. */
const assertionSeconds = 3_600

const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/**
 * `Authorization: Bearer` with a token of Google for a service account: an access token for `oauthScopes`, or an ID token for an
 * `audience`. The secret is the key file of the account, as Google gives it out.
 */
export const gcpServiceAccount = defineInjector({
  kind: 'gcp-service-account',
  surfaces: ['header'],
  options: { oauthScopes: oauthScopesOption(false), audience: audienceOption },
  prepare({ oauthScopes, audience }) {
    if ((oauthScopes === undefined) === (audience === undefined)) {
      const reason = 'one of `oauthScopes` (for access tokens) and `audience` (for ID tokens) is needed'
      throw new CoatcheckError('scope_invalid', { injector: 'gcp-service-account', reason })
    }
    const wish = oauthScopes === undefined ? { target_audience: audience! } : { scope: oauthScopes.join(' ') }
    return derivedBearer({
      key: JSON.stringify(['gcp-service-account', wish]),
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

/** SECURITY: a key file says where it wants to be sent; nothing but the scope decides that (SEC-15). */
function demandServiceAccount(members: SecretMembers): void {
  const refuse = (reason: string) => new CoatcheckError('secret_unusable', { reason })
  if (members.text('type') !== 'service_account') throw refuse('it is no key file of a service account')
  const named = members.optional('token_uri') ?? tokenUrl
  if (named !== tokenUrl && named !== formerTokenUrl) throw refuse('its `token_uri` is not that of Google')
}
