import type { Token } from '../../access/token.ts'
import type { TokenStore } from '../../access/token-store.ts'

/** Keeps tokens for the life of the process; for tests. */
export class MemoryTokenStore implements TokenStore {
  readonly #tokens = new Map<string, Token>()
  readonly #usedAt = new Map<string, string>()

  create(token: Token): void {
    this.#tokens.set(token.id, { ...token })
  }

  remove(tokenId: string): void {
    this.#tokens.delete(tokenId)
    this.#usedAt.delete(tokenId)
  }

  removeExpired(instant: string): void {
    for (const { id, expiresAt } of this.#tokens.values()) if (expiresAt <= instant) this.remove(id)
  }

  find(tokenId: string): Token | undefined {
    return this.#tokens.get(tokenId)
  }

  list(project: string, limit: number, cursor: string | null): readonly Token[] {
    const newest = [...this.#tokens.values()].filter((token) => token.project === project).sort(compareAges)
    const from = cursor === null ? 0 : newest.findIndex(({ id }) => id === cursor) + 1
    return cursor !== null && from === 0 ? [] : newest.slice(from, from + limit)
  }

  touch(tokenId: string, usedAt: string): void {
    if (this.#tokens.has(tokenId)) this.#usedAt.set(tokenId, usedAt)
  }

  lastUsedAt(tokenId: string): string | null {
    return this.#usedAt.get(tokenId) ?? null
  }
}

function compareAges(left: Token, right: Token): number {
  if (left.createdAt !== right.createdAt) return left.createdAt < right.createdAt ? 1 : -1
  return left.id < right.id ? 1 : -1
}
