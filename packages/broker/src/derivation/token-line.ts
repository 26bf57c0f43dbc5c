import type { CoatcheckError } from '@coatcheck/contract'
import type { SecretValue } from '../vault/secret-value.ts'

/** A credential that was made, and for how long it is used. */
export interface KeptToken {
  version: number
  readonly value: SecretValue
  readonly untilMs: number
  /** Monotonic. */
  readonly madeAtMs: number
}

/** That a service gave none. */
export interface TokenFailure {
  readonly version: number
  readonly error: CoatcheckError
  /** In a row. */
  readonly failures: number
  /** Monotonic; before it nothing is asked again. */
  readonly untilMs: number
}

/** All that is known of one derivation of one secret. */
export interface TokenLine {
  readonly name: string
  /** What must not be asked at the same time has the same. */
  readonly turn: string
  readonly secretId: string
  /** Present where it is one grant’s own. */
  readonly grantId?: string
  /** The key of the derivation. */
  readonly derivation: string
  /** Clients choose how many there are; who asks is the same for some of them. */
  readonly asker?: string
  kept?: KeptToken
  /** Digest of what the service did not take. */
  dismissed?: string
  failure?: TokenFailure
  asking?: Promise<void>
}
