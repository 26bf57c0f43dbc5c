import type { ProviderCreate } from '@coatcheck/contract'

/** A provider of a project’s own, as an authority row holds it. */
export interface StoredProvider {
  readonly project: string
  readonly definition: ProviderCreate
  readonly createdAt: string
}

/** Keeps the providers that operators describe themselves. */
export interface ProviderStore {
  /** @throws CoatcheckError `provider_exists` */
  create(provider: StoredProvider): void
  /** Puts it in the place of the one with the same id, if there is one. */
  replace(provider: StoredProvider): void
  delete(project: string, id: string): void
  find(project: string, id: string): StoredProvider | undefined
  /** In the order of ids, after `cursor`. */
  list(project: string, limit: number, cursor: string | null): readonly StoredProvider[]
}
