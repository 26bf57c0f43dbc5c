import { systemClock } from '../foundation/clock.ts'
import type { ProviderDirectory } from '../providers/provider-directory.ts'
import type { Decoy } from '../sandbox/decoy.ts'
import { DecoyService } from '../sandbox/decoy-service.ts'

/** Decoys in memory, whose texts are not sealed, for tests of what stands in front of them. */
export function fakeDecoys(providers: ProviderDirectory): DecoyService {
  const decoys = new Map<string, Decoy>()
  const seenAt = new Map<string, string>()
  return new DecoyService({
    clock: systemClock,
    keyRing: { indexPlaceholder: (text) => text, sealPlaceholder: (text) => text },
    providers,
    store: {
      create: (decoy) => void decoys.set(decoy.id, decoy),
      remove: (id) => void decoys.delete(id),
      find: (id) => decoys.get(id),
      findByPlaceholder: (index) => decoys.values().find(({ placeholderIndex }) => placeholderIndex === index),
      list: (_project, limit) => [...decoys.values()].reverse().slice(0, limit),
      touch: (id, at) => void seenAt.set(id, at),
      lastSeenAt: (id) => seenAt.get(id) ?? null,
    },
  })
}
