import { CoatcheckError } from '@coatcheck/contract'
import type { ProviderStore, StoredProvider } from '../../providers/provider-store.ts'

/** Keeps own providers for the life of the process; for tests. */
export class MemoryProviderStore implements ProviderStore {
  readonly #providers = new Map<string, StoredProvider>()

  create(provider: StoredProvider): void {
    if (this.#providers.has(keyOf(provider.project, provider.definition.id)))
      throw new CoatcheckError('provider_exists')
    this.replace(provider)
  }

  replace(provider: StoredProvider): void {
    this.#providers.set(keyOf(provider.project, provider.definition.id), structuredClone(provider))
  }

  delete(project: string, id: string): void {
    this.#providers.delete(keyOf(project, id))
  }

  find(project: string, id: string): StoredProvider | undefined {
    return structuredClone(this.#providers.get(keyOf(project, id)))
  }

  list(project: string, limit: number, cursor: string | null): readonly StoredProvider[] {
    return [...this.#providers.values()]
      .filter((provider) => provider.project === project && (cursor === null || provider.definition.id > cursor))
      .sort((one, other) => (one.definition.id < other.definition.id ? -1 : 1))
      .slice(0, limit)
      .map((provider) => structuredClone(provider))
  }
}

function keyOf(project: string, id: string): string {
  return JSON.stringify([project, id])
}
