import { CoatcheckError } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { allItems } from './all-items.ts'
import { closestName } from './closest-name.ts'

/** Acts on a profile; when there is none of the name, says which one may have been meant. */
export async function withProfileHint<Result>(
  client: CoatcheckClient,
  name: string,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === 'profile_not_found')) throw error
    const names = (await allItems((query) => client.profiles.list(query))).map((profile) => profile.name)
    const didYouMean = closestName(name, names)
    if (didYouMean === undefined) throw error
    throw new CoatcheckError('profile_not_found', { didYouMean }, { cause: error })
  }
}
