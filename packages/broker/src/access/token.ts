import type { TokenRole } from '@coatcheck/contract'

/** A token as it is kept: who it lets in, as what, until when. Its text is not in it. */
export interface Token {
  readonly id: string
  readonly project: string
  readonly name: string
  readonly role: TokenRole
  /** SHA-256 of the token's secret, hex. The secret has 256 random bits, so that a plain hash is enough. */
  readonly secretHash: string
  readonly createdAt: string
  readonly expiresAt: string
}
