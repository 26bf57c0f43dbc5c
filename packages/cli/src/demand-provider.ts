import { findProvider, providers } from '@coatcheck/catalog'
import { CoatcheckError } from '@coatcheck/contract'
import { closestName } from './closest-name.ts'

/** The id of a known provider; otherwise says which one may have been meant. @throws CoatcheckError `provider_not_found` */
export function demandProvider(id: string): string {
  if (findProvider(id) !== undefined) return id
  const ids = providers.map((provider) => provider.id)
  const didYouMean = closestName(id, ids)
  throw new CoatcheckError('provider_not_found', didYouMean === undefined ? {} : { didYouMean })
}
