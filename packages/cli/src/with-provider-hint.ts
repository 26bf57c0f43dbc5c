import { CoatcheckError } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { allItems } from './all-items.ts'
import { closestName } from './closest-name.ts'

/** Acts on a provider; when there is none of the id, says which one may have been meant. */
export async function withProviderHint<Result>(
  client: CoatcheckClient,
  id: string,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === 'provider_not_found')) throw error
    const ids = (await allItems((query) => client.providers.list(query))).map((provider) => provider.id)
    const didYouMean = closestName(id, ids)
    if (didYouMean === undefined) throw error
    throw new CoatcheckError('provider_not_found', { didYouMean }, { cause: error })
  }
}
