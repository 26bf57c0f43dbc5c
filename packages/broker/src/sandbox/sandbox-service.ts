import type { CreatedSandbox, SandboxConnection, SandboxCreate, SandboxUpdate, SandboxView } from '@coatcheck/contract'

/** Creates, shows, changes and ends sandboxes, with their grants and their way out. */
export interface SandboxService {
  /**
   * Nothing is left behind when it throws.
   * @throws CoatcheckError `secret_not_found` | `provider_unknown` | `profile_not_found` | `vault_locked` |
   * `launch_impossible` | `request_invalid` | `rotation_due`
   */
  create(project: string, input: SandboxCreate): Promise<CreatedSandbox>
  /** @throws CoatcheckError `sandbox_not_found` | `row_tampered` */
  get(project: string, id: string): SandboxView
  list(project: string, limit: number, cursor: string | null): readonly SandboxView[]
  /**
   * Changes what is named and nothing else; what the new rules forbid ends at once.
   * @throws CoatcheckError `sandbox_not_found` | `sandbox_ended` | `scope_invalid` | `port_unreachable` | `audit_unavailable`
   */
  update(project: string, id: string, input: SandboxUpdate): Promise<SandboxView>
  /** Lets the sandbox live on, or less long. @throws CoatcheckError as `update` does, `sandbox_expired` | `request_invalid` */
  renew(project: string, id: string, ttlSeconds: number): Promise<SandboxView>
  /** How to join a living sandbox, without its token. @throws CoatcheckError `sandbox_not_found` | `sandbox_ended` | `sandbox_expired` | `sandbox_held_elsewhere` */
  connect(project: string, id: string): Promise<SandboxConnection>
  /**
   * Ends the sandbox: placeholders dead, listeners and live connections closed.
   * @throws CoatcheckError `sandbox_not_found` | `audit_unavailable`, after it has ended
   */
  end(project: string, id: string, reason: string): Promise<void>
  /** Says that somebody holds the sandbox by a lease. */
  leaseTaken(id: string): void
  /** Resolves when the sandbox has ended, at once if it has. */
  ended(id: string): Promise<void>
}
