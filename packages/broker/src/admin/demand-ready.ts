import { CoatcheckError } from '@coatcheck/contract'
import type { Secret } from '../vault/secret.ts'
import type { AdminServices } from './services.ts'

/**
 * Waits until secrets that somebody is about to get a placeholder of can be used: one that cannot be resolved would be a riddle to
 * whoever runs inside. What does not exist is for others to refuse.
 * @throws CoatcheckError `source_unavailable` | `source_forbidden` | `secret_unusable` | `secret_weak`
 */
export async function demandReady(
  { project, sources, vault }: Pick<AdminServices, 'project' | 'sources' | 'vault'>,
  names: readonly string[],
): Promise<void> {
  const secrets = [...new Set(names)].map((name) => find(() => vault.get(project, name)))
  await Promise.all(secrets.map((secret) => secret && sources.demandReady(secret)))
}

function find(get: () => Secret): Secret | undefined {
  try {
    return get()
  } catch (error) {
    if (error instanceof CoatcheckError && error.code === 'secret_not_found') return undefined
    throw error
  }
}
