import { CoatcheckError } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { allItems } from './all-items.ts'
import { closestName } from './closest-name.ts'

/** Acts on a secret; when there is none of the name, says which one may have been meant. */
export async function withSecretHint<Result>(
  client: CoatcheckClient,
  name: string,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === 'secret_not_found')) throw error
    const names = (await allItems((cursor) => client.secrets.list(cursor))).map((secret) => secret.name)
    const didYouMean = closestName(name, names)
    if (didYouMean === undefined) throw error
    throw new CoatcheckError('secret_not_found', { name, didYouMean }, { cause: error })
  }
}
