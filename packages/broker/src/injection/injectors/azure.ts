import { askAsClient, readClient } from '../client-authentication.ts'
import { defineInjector } from '../define-injector.ts'
import { derivedBearer } from '../derived-bearer.ts'
import { oauthScopesOption, wordOption } from '../option-forms.ts'
import { readMembers } from '../secret-members.ts'
import { parseTokenUrl } from '../token-endpoint.ts'

/** Where each cloud gives out tokens. */
const authorities: Readonly<Record<string, string>> = {
  public: 'login.microsoftonline.com',
  'us-government': 'login.microsoftonline.us',
  china: 'login.partner.microsoftonline.cn',
}

/** An id, or a domain of the tenant. */
const tenantName = /^(?!common$|organizations$|consumers$)[a-z0-9](?:[a-z0-9.-]{0,126}[a-z0-9])?$/

/**
 * `Authorization: Bearer` with an access token of Microsoft Entra for an application, by its client secret. The secret is a JSON
 * object with `client_id` and `client_secret`.
 */
export const azure = defineInjector({
  kind: 'azure',
  surfaces: ['header'],
  options: {
    tenant: {
      type: 'text',
      required: true,
      allowed: 'the id of a tenant, or a domain of it, in lower case',
      accepts: (text) => tenantName.test(text),
    },
    oauthScopes: oauthScopesOption(true),
    cloud: wordOption(Object.keys(authorities), false),
  },
  prepare({ tenant, oauthScopes, cloud = 'public' }) {
    const tokenUrl = `https://${authorities[cloud]}/${tenant}/oauth2/v2.0/token`
    return derivedBearer({
      key: JSON.stringify(['azure', tokenUrl, oauthScopes]),
      endpoint: parseTokenUrl(tokenUrl),
      takes: 'access_token',
      isMachineIdentity: false,
      ask(value) {
        const { id, secret } = readClient(readMembers(value))
        return askAsClient({ grant_type: 'client_credentials', scope: oauthScopes.join(' ') }, id, secret, 'body')
      },
      renew: () => undefined,
    })
  },
})
