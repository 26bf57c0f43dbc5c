import { isDeepStrictEqual } from 'node:util'
import { formatBasicPair } from '../basic-pair.ts'
import { defineInjector } from '../define-injector.ts'
import type { Derivation, WrittenQuestion } from '../derivation.ts'
import { bearerTokenIn } from '../distribution/placeholder-token.ts'
import { readRegistryReply } from '../distribution/read-registry-reply.ts'
import type { RegistryTokens } from '../distribution/registry-tokens.ts'
import { type RegistryAccess, registryAccesses, repositoryPattern, scopeFilter } from '../distribution/scope-filter.ts'
import {
  decodeTokenRequest,
  encodeTokenRequest,
  isRegistryService,
  isRegistryUser,
  type TokenRequest,
} from '../distribution/token-request.ts'
import { fieldForm } from '../field-form.ts'
import { tokenUrlOption, wordOption } from '../option-forms.ts'
import { placeInjection } from '../place-injection.ts'
import { secretText } from '../secret-text.ts'
import { soleField } from '../sole-field.ts'
import { parseTokenUrl } from '../token-endpoint.ts'

/** What is asked as nobody goes by what the registry shows everybody, and not by what the secret is for. */
const isPublicPull = scopeFilter('pull')

/**
 * `Authorization: Bearer` with a token of a container registry, by the token authentication of Distribution: the token service at
 * `tokenUrl` gives one for a Basic pair and the scopes that the client asks for. The secret is the password of the pair; the user is
 * `username`, or the one that the client writes beside the placeholder.
 */
export const registry = defineInjector({
  kind: 'registry',
  surfaces: ['header'],
  options: {
    tokenUrl: tokenUrlOption,
    service: {
      type: 'text',
      required: false,
      allowed: 'the service that the registry names in its challenge',
      accepts: isRegistryService,
    },
    username: {
      type: 'text',
      required: false,
      allowed: 'up to 255 visible ASCII characters without a colon',
      accepts: isRegistryUser,
    },
    access: wordOption(registryAccesses, false),
    repositories: {
      type: 'list',
      required: false,
      allowed: 'names of repositories, with `*` within a segment and `**` for segments',
      accepts: (text) =>
        repositoryPattern.test(text) && text.split('/').every((part) => part === '**' || !part.includes('**')),
    },
  },
  prepare({ tokenUrl, service, username, access = 'pull', repositories }) {
    const endpoint = parseTokenUrl(tokenUrl)
    const isAllowed = scopeFilter(access as RegistryAccess, repositories)
    const common = { endpoint, takes: 'access_token', isMachineIdentity: false, renew: () => undefined } as const
    const keyOf = (of: string | null): string => JSON.stringify(['registry', tokenUrl, of])

    const tokens: RegistryTokens = {
      allowed(request) {
        const named = request.service ?? service ?? null
        if (service !== undefined && named !== service) return 'the secret is for another service'
        if (request.user !== null && username !== undefined && request.user !== username)
          return 'the secret is of another user'
        // What a token service grants is what is asked for and allowed; of the rest it says nothing.
        const scopes = request.scopes.filter(request.user === null ? isPublicPull : isAllowed)
        if (scopes.length === 0 && request.scopes.length > 0) return `none of the scopes is allowed: access ${access}`
        return { user: request.user, service: named, scopes }
      },
      shownIn(head, placeholder) {
        const field = soleField(head, 'authorization')
        const shown = field && bearerTokenIn(field.value, placeholder)
        return shown && isWhole(shown.request) ? shown.request : undefined
      },
      derivationFor: (request) => ({
        ...common,
        key: keyOf(encodeTokenRequest(request)),
        asker: JSON.stringify([tokenUrl, request.user]),
        read: (answer) => readRegistryReply(answer, request.user),
        record: { method: 'GET', note: noteOf(request) },
        ask: (secret) => questionOf(request, secretText(secret, 'text')),
      }),
      derivationOf(key) {
        const request = requestOf(key)
        return request !== undefined && key === keyOf(encodeTokenRequest(request)) && isWhole(request)
          ? tokens.derivationFor(request)
          : undefined
      },
    }

    /** SECURITY: what stands in a request was written by its client; nothing is asked for that could not be asked for now. */
    function isWhole(request: TokenRequest): boolean {
      return isDeepStrictEqual(tokens.allowed(request), request)
    }

    const place = placeInjection({
      ...fieldForm({
        name: 'Authorization',
        replace(value, placeholder, text) {
          const shown = bearerTokenIn(value, placeholder)
          return shown !== undefined && isWhole(shown.request) ? shown.lead + text : undefined
        },
      }),
      text: (token) => secretText(token, 'visible'),
    })
    const derivation: Derivation = {
      ...common,
      key: keyOf(null),
      ask: (secret) =>
        questionOf({ user: username ?? '', service: service ?? null, scopes: [] }, secretText(secret, 'text')),
      registry: tokens,
    }
    // What is stored never goes to the registry itself: it has to be good for asking.
    return { ...place, derivation, check: (secret) => void secretText(secret, 'text') }
  },
})

function questionOf({ user, service, scopes }: TokenRequest, password: string): WrittenQuestion {
  const query = new URLSearchParams(scopes.map((scope) => ['scope', scope]))
  if (service !== null) query.append('service', service)
  return {
    method: 'GET',
    query: query.toString(),
    body: '',
    fields: user === null ? {} : { Authorization: formatBasicPair('Basic ', user, password) },
  }
}

function noteOf({ user, scopes }: TokenRequest): string {
  const asked = scopes.length === 0 ? 'no scope' : scopes.join(' ')
  return user === null ? `${asked}, as nobody` : asked
}

function requestOf(key: string): TokenRequest | undefined {
  try {
    const [, , of] = JSON.parse(key) as unknown[]
    return typeof of === 'string' ? decodeTokenRequest(of) : undefined
  } catch {
    return undefined
  }
}
