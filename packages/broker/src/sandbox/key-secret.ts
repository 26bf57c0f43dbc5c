import { CoatcheckError, type Scope } from '@coatcheck/contract'
import { isSocketScheme } from '../foundation/destination.ts'
import { parseDestinationPattern } from '../foundation/destination-pattern.ts'
import type { Secret } from '../vault/secret.ts'
import type { Vault } from '../vault/vault.ts'

/** Secrets that are looked through for those of one service. */
const maxSearched = 1_000

/** Injectors whose clients send what they were given as it is, in the head. Whoever signs with it would have to be known by more than a hash. */
const sendingInjectors: ReadonlySet<string> = new Set([
  ...['bearer', 'basic', 'header', 'headers', 'query', 'path', 'cookie', 'placeholder'],
  ...['oauth2', 'azure', 'gcp-service-account', 'github-app'],
])

/**
 * The secret that a virtual key shall be for: the one that is named, or the only one of a service.
 * @throws CoatcheckError `secret_not_found` | `secret_ambiguous` | `key_unsuitable`
 */
export function secretForKey(
  project: string,
  { provider, secret: name }: { readonly provider?: string; readonly secret?: string },
  vault: Pick<Vault, 'get' | 'list'>,
): Secret {
  const secret = name === undefined ? soleSecretOf(project, provider ?? '', vault) : vault.get(project, name)
  if (provider !== undefined && secret.provider !== provider) {
    throw new CoatcheckError('secret_not_found', { reason: 'the secret of that name is for another service' })
  }
  if (!secret.scopes.some(isSent)) {
    throw new CoatcheckError('key_unsuitable', {
      reason: 'none of its scopes has one exact host and an injector whose clients send the key itself',
    })
  }
  return secret
}

function soleSecretOf(project: string, provider: string, vault: Pick<Vault, 'list'>): Secret {
  const found = vault.list(project, maxSearched, null).filter((secret) => secret.provider === provider)
  const [first] = found
  if (first === undefined) throw new CoatcheckError('secret_not_found', { provider })
  if (found.length > 1) {
    throw new CoatcheckError('secret_ambiguous', { names: found.map((secret) => secret.name).join(', ') })
  }
  return first
}

function isSent({ to, inject }: Scope): boolean {
  // They were checked when they were saved.
  const { exactHost, scheme } = parseDestinationPattern(to, { clearText: true, sharedSuffix: true })
  return exactHost !== null && !isSocketScheme(scheme) && sendingInjectors.has(inject.kind)
}
