import { CoatcheckError } from '@coatcheck/contract'
import type { ProviderStore, StoredProvider } from '../providers/provider-store.ts'

/** Own providers in memory, for tests of what stands in front of them. */
export class FakeProviders implements ProviderStore {
  readonly #providers = new Map<string, StoredProvider>()

  create(provider: StoredProvider): void {
    if (this.#providers.has(provider.definition.id)) throw new CoatcheckError('provider_exists')
    this.replace(provider)
  }

  replace(provider: StoredProvider): void {
    this.#providers.set(provider.definition.id, provider)
  }

  delete(_project: string, id: string): void {
    this.#providers.delete(id)
  }

  find(_project: string, id: string): StoredProvider | undefined {
    return this.#providers.get(id)
  }

  list(_project: string, limit: number): readonly StoredProvider[] {
    return [...this.#providers.values()].slice(0, limit)
  }
}
