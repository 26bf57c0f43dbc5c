/**
 * What a token may do. `viewer`: read. `operator`: everything but tokens, keys, backups and ending all sandboxes at once.
 * `admin`: everything.
 */
export type TokenRole = 'admin' | 'operator' | 'viewer'

/** A token of the management API, without its text. */
export interface TokenView {
  readonly id: string
  /** What a person calls it. */
  readonly name: string
  readonly role: TokenRole
  readonly createdAt: string
  readonly expiresAt: string
  /** Written every few seconds at most; null when it was never used. */
  readonly lastUsedAt: string | null
}

/** Reply to `POST /v1/tokens`. */
export interface CreatedToken extends TokenView {
  /** `cct_<id>.<secret>`; shown this once. */
  readonly token: string
}

/** Body of `POST /v1/tokens`. */
export interface TokenCreate {
  readonly name: string
  readonly role: TokenRole
  /** 1 minute to 365 days; 30 days when absent. */
  readonly ttlSeconds?: number
}
