import { existsSync } from 'node:fs'
import { type Home, homePaths } from '@coatcheck/broker/home'
import { findProvider, providers } from '@coatcheck/catalog'
import { CoatcheckError } from '@coatcheck/contract'
import { closestName } from './closest-name.ts'

/**
 * Refuses a provider that nobody can know, before anything is asked or written: it is not in the catalog, and this home has
 * no database that could hold one of its own.
 * @throws CoatcheckError `provider_not_found`
 */
export function demandProvider(id: string, home: Home): void {
  if (findProvider(id) !== undefined || existsSync(homePaths(home).database)) return
  const ids = providers.map((provider) => provider.id)
  const didYouMean = closestName(id, ids)
  throw new CoatcheckError('provider_not_found', didYouMean === undefined ? {} : { didYouMean })
}
