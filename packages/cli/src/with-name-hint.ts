import { CoatcheckError, type ProblemCode, type SafeFacts } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { allItems } from './all-items.ts'
import { closestName } from './closest-name.ts'

/** How things of one kind are named. */
interface Named {
  /** What is said where there is none of a name. */
  readonly code: ProblemCode
  readonly names: (client: CoatcheckClient) => Promise<readonly string[]>
  /** What the error says beside; nothing when absent. */
  readonly facts?: (name: string) => SafeFacts
}

const kinds = {
  profile: {
    code: 'profile_not_found',
    names: async (client) => (await allItems((query) => client.profiles.list(query))).map(({ name }) => name),
  },
  provider: {
    code: 'provider_not_found',
    names: async (client) => (await allItems((query) => client.providers.list(query))).map(({ id }) => id),
  },
  secret: {
    code: 'secret_not_found',
    names: async (client) => (await allItems((query) => client.secrets.list(query))).map(({ name }) => name),
    facts: (name) => ({ name }),
  },
} satisfies Record<string, Named>

/** Acts on a thing that has a name; when there is none of the name, says which one may have been meant. */
export async function withNameHint<Result>(
  client: CoatcheckClient,
  kind: keyof typeof kinds,
  name: string,
  act: () => Promise<Result>,
): Promise<Result> {
  const { code, names, facts }: Named = kinds[kind]
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === code)) throw error
    const didYouMean = closestName(name, await names(client))
    if (didYouMean === undefined) throw error
    throw new CoatcheckError(code, { ...facts?.(name), didYouMean }, { cause: error })
  }
}
