import type { Destination } from '../foundation/destination.ts'

/** Where tokens are asked for; always over TLS. */
export interface TokenEndpoint {
  readonly destination: Destination
  /** Canonical path; no query. */
  readonly path: string
}

/** What is asked of a token endpoint: the parameters of a form, and a credential of the client. Holds values of the secret. */
export interface TokenQuestion {
  readonly form: Readonly<Record<string, string>>
  /** Value of `Authorization`; absent where the form says all. */
  readonly authorization?: string
}

/** How the credential that goes on the wire is made from a secret: by asking a token endpoint. */
export interface Derivation {
  /** The same for derivations that ask the same of the same endpoint. Holds nothing of the secret. */
  readonly key: string
  readonly endpoint: TokenEndpoint
  /** Member of the reply that is the credential. */
  readonly takes: 'access_token' | 'id_token'
  /** Stands in for the machine's own identity, so that clients may ask Google's metadata server for it. */
  readonly isMachineIdentity: boolean
  /** @throws CoatcheckError `secret_unusable` */
  ask(secret: Uint8Array, now: Date): TokenQuestion
  /** The secret with another refresh token in it; undefined where it has that one already, or has none. */
  renew(secret: Uint8Array, refreshToken: string): Uint8Array | undefined
}
