import type { Decoy } from '../../sandbox/decoy.ts'
import type { DecoyStore } from '../../sandbox/decoy-store.ts'

/** Keeps decoys for the life of the process; for tests. */
export class MemoryDecoyStore implements DecoyStore {
  readonly #decoys = new Map<string, Decoy>()
  readonly #seenAt = new Map<string, string>()

  create(decoy: Decoy): void {
    this.#decoys.set(decoy.id, { ...decoy })
  }

  remove(decoyId: string): void {
    this.#decoys.delete(decoyId)
    this.#seenAt.delete(decoyId)
  }

  find(decoyId: string): Decoy | undefined {
    return this.#decoys.get(decoyId)
  }

  findByPlaceholder(placeholderIndex: string): Decoy | undefined {
    return this.#decoys.values().find((decoy) => decoy.placeholderIndex === placeholderIndex)
  }

  list(project: string, limit: number, cursor: string | null): readonly Decoy[] {
    const newest = [...this.#decoys.values()].filter((decoy) => decoy.project === project).sort(compareAges)
    const from = cursor === null ? 0 : newest.findIndex(({ id }) => id === cursor) + 1
    return cursor !== null && from === 0 ? [] : newest.slice(from, from + limit)
  }

  touch(decoyId: string, seenAt: string): void {
    if (this.#decoys.has(decoyId)) this.#seenAt.set(decoyId, seenAt)
  }

  lastSeenAt(decoyId: string): string | null {
    return this.#seenAt.get(decoyId) ?? null
  }
}

function compareAges(left: Decoy, right: Decoy): number {
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt ? 1 : -1
  return left.id < right.id ? 1 : -1
}
