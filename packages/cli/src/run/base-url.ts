import { isIP } from 'node:net'
import type { Provider } from '@coatcheck/catalog'

/** Names that lead to this machine or its own network, whatever resolver is asked. */
const localName = /(?:^|\.)(?:localhost|local|localdomain|internal|lan|home\.arpa|intranet|corp|private)$/

/**
 * Where an environment sends a provider's clients.
 * - `own`: to the provider itself
 * - `moved`: to `url`, and nowhere else
 * - `refused`: to a place that no key is sent to without being stored for it, or to two places
 */
export type BaseUrlPlace =
  | { readonly kind: 'own'; readonly variables: readonly string[] }
  | { readonly kind: 'moved'; readonly variables: readonly string[]; readonly url: string }
  | { readonly kind: 'refused'; readonly reason: string }

/** Reads the variables by which a provider's clients are sent elsewhere. */
export function readBaseUrl(provider: Provider, environment: Readonly<Record<string, string>>): BaseUrlPlace {
  const set = provider.baseUrlVariables.map(({ name }) => name).filter((name) => (environment[name] ?? '') !== '')
  const places: { readonly name: string; readonly url: URL }[] = []
  for (const name of set) {
    const url = URL.parse(environment[name] ?? '')
    const fault = url === null ? 'is not a URL' : faultOfPlace(url)
    if (url === null || fault !== undefined) return { kind: 'refused', reason: `${name} ${fault}; ${cure}` }
    places.push({ name, url })
  }
  const first = places.find(({ url }) => !isOwn(provider, url))
  if (first === undefined) return { kind: 'own', variables: set }
  const other = places.find(({ url }) => addressOf(url) !== addressOf(first.url))
  if (other !== undefined)
    return { kind: 'refused', reason: `${first.name} and ${other.name} point to different places; ${cure}` }
  return { kind: 'moved', variables: set, url: addressOf(first.url) }
}

const cure = 'store the key with `coatcheck secret create --to`'

/**
 * Why a key is not sent to a place that was found and not said.
 * SECURITY: it goes over TLS to a public name; anything else has to be said by a person, for one secret.
 */
export function faultOfPlace(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (url.protocol !== 'https:') return 'is not https'
  if (url.username !== '' || url.password !== '') return 'holds a user name or password'
  if (url.search !== '' || url.hash !== '') return 'has a query or fragment'
  if (isIP(host) !== 0) return 'names an address instead of a host'
  if (!host.includes('.') || localName.test(host)) return 'names a host of a private network'
  return undefined
}

function isOwn({ hosts }: Provider, url: URL): boolean {
  return url.port === '' && hosts.some(({ host }) => host === url.hostname)
}

function addressOf({ origin, pathname }: URL): string {
  return `${origin}${pathname.replace(/\/+$/, '')}`
}
