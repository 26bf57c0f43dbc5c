import { CoatcheckError } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { allItems } from '../all-items.ts'
import { closestName } from '../closest-name.ts'

/**
 * Acts with the secrets that were named on the command line; when there is none of a name, says which one may have been
 * meant, and how one is made. SECURITY: the name itself is not repeated; somebody may have put the value in its place.
 */
export async function explainingSecrets<Result>(
  client: CoatcheckClient,
  secrets: Readonly<Record<string, string>>,
  act: () => Promise<Result>,
): Promise<Result> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === 'secret_not_found')) throw error
    const stored = (await allItems((cursor) => client.secrets.list(cursor))).map(({ name }) => name)
    const [variable, wanted] = Object.entries(secrets).find(([, name]) => !stored.includes(name)) ?? []
    if (variable === undefined || wanted === undefined) throw error
    const meant = closestName(wanted, stored)
    throw new CoatcheckError(
      'secret_not_found',
      meant === undefined ? { variable } : { variable, didYouMean: `--secret ${variable}=${meant}` },
      { cause: error },
    )
  }
}
