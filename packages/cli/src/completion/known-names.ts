import type { Home } from '@coatcheck/broker/home'
import { homePaths } from '@coatcheck/broker/home'
import { builtInProfileNames } from '@coatcheck/contract'
import { createClient } from '@coatcheck/sdk'
import type { KnownNames } from './completion-tree.ts'

/** A person who presses Tab waits no longer than this. */
const patienceMs = 400

/** The names that the broker of a home knows. None is started for it: without one, only what is built in is suggested. */
export async function knownNames(home: Home, providers: readonly string[]): Promise<KnownNames> {
  const none = { secrets: [], sandboxes: [], keys: [], providers, profiles: builtInProfileNames }
  const client = createClient({ socketPath: homePaths(home).socket })
  const ask = async (): Promise<KnownNames> => {
    await client.ping(AbortSignal.timeout(patienceMs))
    const [secrets, sandboxes, keys, profiles] = await Promise.all([
      client.secrets.list(),
      client.sandboxes.list(),
      client.keys.list(),
      client.profiles.list(),
    ])
    const active = [sandboxes, keys].map(({ items }) =>
      items.filter(({ status }) => status === 'active').map(({ id }) => id),
    )
    return {
      ...none,
      secrets: secrets.items.map(({ name }) => name),
      sandboxes: active[0]!,
      keys: active[1]!,
      profiles: profiles.items.map(({ name }) => name),
    }
  }
  // Nothing that goes wrong here is worth a line in the middle of somebody's typing.
  return ask().catch(() => none)
}
