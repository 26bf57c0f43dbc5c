import type { Token } from './token.ts'

/** Where tokens are kept. Verifies the seal of every row that it returns. */
export interface TokenStore {
  create(token: Token): void
  /** Removes the token; removing one that does not exist changes nothing. */
  remove(tokenId: string): void
  /** Removes the tokens of all projects that expired at `instant` or before. */
  removeExpired(instant: string): void
  /** @throws CoatcheckError `row_tampered` */
  find(tokenId: string): Token | undefined
  /** Newest first, after `cursor`. @throws CoatcheckError `row_tampered` */
  list(project: string, limit: number, cursor: string | null): readonly Token[]
  /** Remembers a use; written some seconds later. */
  touch(tokenId: string, usedAt: string): void
  lastUsedAt(tokenId: string): string | null
}
