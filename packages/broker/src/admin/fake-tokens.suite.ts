import type { Token } from '../access/token.ts'
import type { TokenStore } from '../access/token-store.ts'

/** Tokens in memory, for tests of what stands in front of them. */
export class FakeTokens implements TokenStore {
  readonly tokens = new Map<string, Token>()
  readonly #usedAt = new Map<string, string>()

  create(token: Token): void {
    this.tokens.set(token.id, token)
  }

  remove(tokenId: string): void {
    this.tokens.delete(tokenId)
  }

  removeExpired(): void {}

  find(tokenId: string): Token | undefined {
    return this.tokens.get(tokenId)
  }

  list(_project: string, limit: number): readonly Token[] {
    return [...this.tokens.values()].reverse().slice(0, limit)
  }

  touch(tokenId: string, usedAt: string): void {
    this.#usedAt.set(tokenId, usedAt)
  }

  lastUsedAt(tokenId: string): string | null {
    return this.#usedAt.get(tokenId) ?? null
  }
}
