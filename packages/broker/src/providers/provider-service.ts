import type { Provider } from '@coatcheck/catalog'
import type { ProviderCreate } from '@coatcheck/contract'
import type { ProviderDirectory } from './provider-directory.ts'

/** A provider, and where it comes from. */
export interface KnownProvider {
  readonly provider: Provider
  readonly origin: 'built-in' | 'own'
}

/** A provider that was just saved. */
export interface SavedProvider extends KnownProvider {
  /** Puts back what was there before. */
  undo(): void
}

/** The providers of a project as the management API sees them. */
export interface ProviderService extends ProviderDirectory {
  /** @throws CoatcheckError `provider_not_found` */
  get(project: string, id: string): KnownProvider
  /** In the order of ids, after `cursor`. */
  list(project: string, limit: number, cursor: string | null): readonly KnownProvider[]
  /** @throws CoatcheckError `provider_exists` | `variable_taken` | `provider_limit` */
  create(project: string, definition: ProviderCreate): SavedProvider
  /** Creates it, or puts it in the place of the own one with its id. Scopes of stored secrets stay as they are. @throws CoatcheckError as `create` does */
  apply(project: string, definition: ProviderCreate): SavedProvider
  /** Secrets that were made from it keep their scopes. @throws CoatcheckError `provider_not_found` | `provider_built_in` */
  delete(project: string, id: string): ProviderCreate
}
