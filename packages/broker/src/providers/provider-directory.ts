import type { Provider } from '@coatcheck/catalog'

/** Finds the providers that a project knows: those of the catalog and its own. */
export interface ProviderDirectory {
  find(project: string, id: string): Provider | undefined
  /** The provider whose clients read their secret from this environment variable. */
  forVariable(project: string, variable: string): Provider | undefined
}
