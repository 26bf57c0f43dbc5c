import { CoatcheckError } from '@coatcheck/contract'
import { askAsClient, type ClientAuthentication, clientAuthentications, readClient } from '../client-authentication.ts'
import { defineInjector } from '../define-injector.ts'
import type { Derivation, TokenQuestion } from '../derivation.ts'
import { derivedBearer } from '../derived-bearer.ts'
import { audienceOption, oauthScopesOption, tokenUrlOption, wordOption } from '../option-forms.ts'
import { readMembers, type SecretMembers, withMember } from '../secret-members.ts'
import { signAssertion } from '../signed-assertion.ts'
import { parseTokenUrl } from '../token-endpoint.ts'

const grants = ['client-credentials', 'refresh-token', 'jwt-bearer']

/** How long an assertion is good for, in seconds; services take up to an hour. */
const assertionSeconds = 300

/** RFC 7523 §2.1. */
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/**
 * `Authorization: Bearer` with an access token that a token endpoint gives for the secret, a JSON object: by client
 * credentials (RFC 6749 §4.4), by a refresh token (§6), or by a signed assertion (RFC 7523).
 */
export const oauth2 = defineInjector({
  kind: 'oauth2',
  surfaces: ['header'],
  options: {
    grant: wordOption(grants, true),
    tokenUrl: tokenUrlOption,
    oauthScopes: oauthScopesOption(false),
    audience: audienceOption,
    clientAuth: wordOption(clientAuthentications, false),
  },
  prepare({ grant, tokenUrl, oauthScopes, audience, clientAuth = 'body' }) {
    const scope = oauthScopes === undefined ? {} : { scope: oauthScopes.join(' ') }
    const way = clientAuth as ClientAuthentication
    if (grant === 'refresh-token' && audience !== undefined) {
      throw new CoatcheckError('scope_invalid', {
        injector: 'oauth2',
        reason: 'a refresh token has its audience already',
      })
    }
    const questions: Readonly<Record<string, (members: SecretMembers, now: Date) => TokenQuestion>> = {
      'client-credentials'(members) {
        const { id, secret } = readClient(members)
        const form = { grant_type: 'client_credentials', ...scope, ...(audience !== undefined && { audience }) }
        return askAsClient(form, id, secret, way)
      },
      'refresh-token'(members) {
        const form = { grant_type: 'refresh_token', refresh_token: members.text('refresh_token'), ...scope }
        const [id, secret] = [members.optional('client_id'), members.optional('client_secret')]
        return id === undefined ? { form } : askAsClient(form, id, secret, way)
      },
      'jwt-bearer'(members, now) {
        const issuedAt = Math.floor(now.getTime() / 1_000)
        const assertion = signAssertion(members.text('private_key'), members.optional('private_key_id'), {
          iss: members.text('issuer'),
          sub: members.optional('subject') ?? members.text('issuer'),
          aud: audience ?? tokenUrl,
          iat: issuedAt,
          exp: issuedAt + assertionSeconds,
          ...scope,
        })
        return { form: { grant_type: jwtBearer, assertion, ...scope } }
      },
    }
    const derivation: Derivation = {
      key: JSON.stringify(['oauth2', grant, tokenUrl, oauthScopes ?? null, audience ?? null, way]),
      endpoint: parseTokenUrl(tokenUrl),
      takes: 'access_token',
      isMachineIdentity: false,
      ask: (secret, now) => questions[grant]!(readMembers(secret), now),
      renew(secret, refreshToken) {
        const isSame = grant !== 'refresh-token' || readMembers(secret).optional('refresh_token') === refreshToken
        return isSame ? undefined : withMember(secret, 'refresh_token', refreshToken)
      },
    }
    return derivedBearer(derivation)
  },
})
