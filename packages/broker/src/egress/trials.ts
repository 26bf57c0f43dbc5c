import type { Grant } from '../sandbox/grant.ts'
import type { TrialVerdict } from '../vault/staged-rotation.ts'
import type { RevealedSecret } from '../vault/vault.ts'

/** Values that have yet to prove themselves, and those that stand in for them. */
export interface Trials {
  /**
   * The value that is kept beside the new one of a living grant's secret.
   * @throws CoatcheckError, or rejects with one: `secret_changed` | `vault_locked` | `grant_expired`
   */
  previousOf(grant: Grant): RevealedSecret | Promise<RevealedSecret>
  /** Takes note of what a service made of a version that was on trial. Rejects with CoatcheckError `audit_unavailable` */
  judged(grant: Grant, version: number, verdict: TrialVerdict): Promise<void>
}
