import type { Derivation } from '../derivation.ts'
import type { RequestHead } from '../request-head.ts'
import type { TokenRequest } from './token-request.ts'

/** The tokens that a scope gives clients of a registry: one for each request that they make of its token service. */
export interface RegistryTokens {
  /** What of a request may be asked, with what the options fix; a reason, for people, where that is nothing. */
  allowed(request: TokenRequest): TokenRequest | string
  /** The request of the token that stands in a head; undefined where none of this placeholder does, or one of more than is allowed. */
  shownIn(head: RequestHead, placeholder: string): TokenRequest | undefined
  /** How the token of an allowed request is made. */
  derivationFor(request: TokenRequest): Derivation
  /** The derivation of this key, where its request is allowed. */
  derivationOf(key: string): Derivation | undefined
}
