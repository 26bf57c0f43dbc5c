import { baseUrlsFor } from '@coatcheck/catalog'
import { parseDestinationPattern } from '../foundation/destination-pattern.ts'
import type { ProviderDirectory } from '../providers/provider-directory.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { Secret } from '../vault/secret.ts'
import type { Vault } from '../vault/vault.ts'
import type { Grant } from './grant.ts'

/** Where base URLs begin, and for which grants. */
export interface BaseUrlWish {
  readonly project: string
  readonly grants: readonly Grant[]
  /** With the sandbox's identity in it, where it is called from elsewhere. */
  readonly gatewayUrl: string
}

/** What base URLs are looked up in. */
export interface BaseUrlSources {
  readonly ephemeral: EphemeralSecrets
  readonly providers: ProviderDirectory
  readonly vault: Vault
}

/**
 * The base-URL variables of every provider whose secret the sandbox holds, by name. A provider whose secrets lead to several
 * hosts, or to none in particular, has no place at the gateway, and is left out.
 */
export function baseUrlsOf(
  { project, grants, gatewayUrl }: BaseUrlWish,
  sources: BaseUrlSources,
): Record<string, string> {
  const secrets = grants
    .map(({ secretId, ephemeral }) => (ephemeral ? sources.ephemeral : sources.vault).find(secretId))
    .filter((secret) => secret !== undefined)
  const byProvider = Map.groupBy(secrets, ({ provider }) => provider)
  const all = [...byProvider].map(([id, own]) => {
    const provider = id === null ? undefined : sources.providers.find(project, id)
    return provider === undefined || !leadsToOneHost(own) ? {} : baseUrlsFor(provider, gatewayUrl)
  })
  return Object.assign({}, ...all)
}

function leadsToOneHost(secrets: readonly Secret[]): boolean {
  const origins = new Set(secrets.map(mainOrigin))
  return origins.size === 1 && !origins.has(undefined)
}

/** The origin that the first exact scope names, as the gateway understands it. */
function mainOrigin({ scopes }: Secret): string | undefined {
  for (const { to } of scopes) {
    // They were checked when they were saved.
    const { exactHost, scheme, port } = parseDestinationPattern(to, { clearText: true, sharedSuffix: true })
    if (exactHost !== null) return `${scheme}://${exactHost}:${port}`
  }
  return undefined
}
