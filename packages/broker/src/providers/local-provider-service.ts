import { providers as builtIn, findProvider, type Provider, providerForVariable } from '@coatcheck/catalog'
import { CoatcheckError, type ProviderCreate } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { ownProvider } from './own-provider.ts'
import type { KnownProvider, ProviderService, SavedProvider } from './provider-service.ts'
import type { ProviderStore, StoredProvider } from './provider-store.ts'

/** Own providers of one project at most; each look-up by variable goes through all of them. */
const maxOwnProviders = 200

/** Providers of the catalog, and those that operators stored beside them. */
export class LocalProviderService implements ProviderService {
  readonly #store: ProviderStore
  readonly #clock: Clock

  constructor({ store, clock }: { readonly store: ProviderStore; readonly clock: Clock }) {
    this.#store = store
    this.#clock = clock
  }

  // SECURITY: the catalog comes first everywhere, so that no stored row moves the keys of a provider that it knows.
  find(project: string, id: string): Provider | undefined {
    const known = findProvider(id)
    if (known !== undefined) return known
    const stored = this.#store.find(project, id)
    return stored && ownProvider(stored.definition, stored.createdAt)
  }

  forVariable(project: string, variable: string): Provider | undefined {
    const known = providerForVariable(variable)
    if (known !== undefined) return known
    const stored = this.#own(project).find(({ definition }) => definition.variables?.includes(variable))
    return stored && ownProvider(stored.definition, stored.createdAt)
  }

  get(project: string, id: string): KnownProvider {
    const provider = this.find(project, id)
    // SECURITY: the id is not repeated; somebody may have put the value in the wrong field.
    if (provider === undefined) throw new CoatcheckError('provider_not_found')
    return { provider, origin: findProvider(id) === undefined ? 'own' : 'built-in' }
  }

  list(project: string, limit: number, cursor: string | null): readonly KnownProvider[] {
    const own = this.#own(project)
      .filter(({ definition }) => findProvider(definition.id) === undefined)
      .map(({ definition, createdAt }) => known(ownProvider(definition, createdAt), 'own'))
    return [...builtIn.map((provider) => known(provider, 'built-in')), ...own]
      .filter(({ provider }) => cursor === null || provider.id > cursor)
      .sort((one, other) => (one.provider.id < other.provider.id ? -1 : 1))
      .slice(0, limit)
  }

  create(project: string, definition: ProviderCreate): SavedProvider {
    return this.#save(project, definition, (stored) => this.#store.create(stored))
  }

  apply(project: string, definition: ProviderCreate): SavedProvider {
    return this.#save(project, definition, (stored) => this.#store.replace(stored))
  }

  delete(project: string, id: string): ProviderCreate {
    const stored = this.#store.find(project, id)
    if (stored === undefined && findProvider(id) !== undefined) throw new CoatcheckError('provider_built_in')
    if (stored === undefined) throw new CoatcheckError('provider_not_found')
    this.#store.delete(project, id)
    return stored.definition
  }

  #own(project: string): readonly StoredProvider[] {
    return this.#store.list(project, maxOwnProviders, null)
  }

  #save(project: string, definition: ProviderCreate, write: (stored: StoredProvider) => void): SavedProvider {
    this.#demandFree(project, definition)
    const store = this.#store
    const before = store.find(project, definition.id)
    const createdAt = before?.createdAt ?? this.#clock.now().toISOString()
    write({ project, definition, createdAt })
    return {
      ...known(ownProvider(definition, createdAt), 'own'),
      undo() {
        if (before === undefined) store.delete(project, definition.id)
        else store.replace(before)
      },
    }
  }

  /** An id and a variable each mean one provider, whoever asks. */
  #demandFree(project: string, { id, variables = [] }: ProviderCreate): void {
    if (findProvider(id) !== undefined) throw new CoatcheckError('provider_built_in', { id })
    const others = this.#own(project).filter(({ definition }) => definition.id !== id)
    for (const variable of variables) {
      const owner =
        providerForVariable(variable)?.id ??
        others.find(({ definition }) => definition.variables?.includes(variable))?.definition.id
      if (owner !== undefined) throw new CoatcheckError('variable_taken', { variable, provider: owner })
    }
    if (others.length >= maxOwnProviders) throw new CoatcheckError('provider_limit', { limit: maxOwnProviders })
  }
}

function known(provider: Provider, origin: KnownProvider['origin']): KnownProvider {
  return { provider, origin }
}
