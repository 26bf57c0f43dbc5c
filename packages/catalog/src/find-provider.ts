import type { Provider } from './provider.ts'
import { providers } from './registry.ts'

/** The provider of this id. */
export function findProvider(id: string): Provider | undefined {
  return providers.find((provider) => provider.id === id)
}

/** The provider whose clients read their secret from this environment variable. */
export function providerForVariable(variable: string): Provider | undefined {
  return providers.find(({ variables }) => variables.includes(variable))
}
