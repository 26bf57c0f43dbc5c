/**
 * What a token, or a member of a project, may do. `auditor`: read. `issuer`: make sandboxes, and end its own; it reads neither rules nor
 * secrets. `operator`: everything but tokens, members, rules of the project, keys, backups and ending all sandboxes at once. `owner`:
 * everything.
 */
export type TokenRole = 'auditor' | 'issuer' | 'operator' | 'owner'

/** A token of the management API, without its text. */
export interface TokenView {
  readonly id: string
  /** What a person calls it. */
  readonly name: string
  readonly role: TokenRole
  /** Whose it is: it may do no more than this member of its project; null where it stands for itself. */
  readonly member: string | null
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
  readonly member?: string
  /** 1 minute to 365 days; 30 days when absent. */
  readonly ttlSeconds?: number
}
