import { CoatcheckError } from '@coatcheck/contract'
import type { SecretValue } from '../vault/secret-value.ts'

/** What a source gave. */
export interface FetchedValue {
  readonly value: SecretValue
  /** When it stops being good, where the source says so. */
  readonly expiresAt?: Date
}

/** Where the value of a secret comes from instead of the vault. One file each in `kinds/`. */
export interface Source {
  /** Of the kind that the configuration names. */
  readonly kind: string
  /** False where a later fetch cannot give anything else. */
  readonly mayChange: boolean
  /**
   * The value as it is now. Ends with an error soon after the signal is aborted.
   * @throws CoatcheckError `source_unavailable`, see `sourceFailure`
   */
  read(signal: AbortSignal): Promise<FetchedValue>
}

/** Why a source gave nothing. SECURITY: words of our own; nothing that a program, a file or a service said is repeated. */
export function sourceFailure(reason: string, hint?: string): CoatcheckError {
  return new CoatcheckError('source_unavailable', { reason, ...(hint !== undefined && { hint }) })
}
