import type { TokenRole } from '@coatcheck/contract'

/** A token as it is kept: who it lets in, as what, until when. Its text is not in it. */
export interface Token {
  readonly id: string
  readonly project: string
  readonly name: string
  /** What it may do at most. */
  readonly role: TokenRole
  /** The member of its project that it may do no more than; null where it stands for itself. */
  readonly member: string | null
  /** SHA-256 of the token's secret, hex. The secret has 256 random bits, so that a plain hash is enough. */
  readonly secretHash: string
  readonly createdAt: string
  readonly expiresAt: string
}
