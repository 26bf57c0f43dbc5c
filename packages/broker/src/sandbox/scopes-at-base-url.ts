import { type Provider, scopesOf } from '@coatcheck/catalog'
import { CoatcheckError, type Scope } from '@coatcheck/contract'
import { parseDestinationPattern } from '../foundation/destination-pattern.ts'

/**
 * The scopes of a provider whose clients were sent to another base URL: that exact host over TLS, with the port and path
 * that the URL has, and nothing of the provider's own.
 * @throws CoatcheckError `scope_invalid`
 */
export function scopesAtBaseUrl(provider: Provider, baseUrl: string): Scope[] {
  const pattern = parseDestinationPattern(baseUrl)
  // SECURITY: a base URL is one place; a pattern in its stead would open as many as somebody likes.
  if (pattern.kind !== 'exact') throw new CoatcheckError('scope_invalid', { reason: 'a base URL names one host' })
  const injectors = provider.hosts.find((host) => host.injectors.length > 0)?.injectors ?? []
  return scopesOf({ ...provider, hosts: [{ host: pattern.text, injectors }] })
}
