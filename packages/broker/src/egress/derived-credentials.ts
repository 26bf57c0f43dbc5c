import type { Derivation } from '../injection/derivation.ts'
import type { RevealedSecret } from '../vault/vault.ts'
import type { RoutedGrant } from './routes.ts'

/** Credentials that are made from secrets, and kept for as long as they are good. */
export interface DerivedCredentials {
  /**
   * What a derivation makes of the secret of a living grant: a copy, which the caller disposes. A promise only where it has to be
   * asked for.
   * @throws CoatcheckError, or rejects with one: `token_unavailable` | `sign_in_needed` | `vault_locked` | `secret_not_found`
   */
  obtain(grant: RoutedGrant, derivation: Derivation): RevealedSecret | Promise<RevealedSecret>
  /** Says that a service did not take what was made: unless it was made a moment ago, it is made anew when it is asked for next. */
  dismiss(grant: RoutedGrant, derivation: Derivation): void
}
