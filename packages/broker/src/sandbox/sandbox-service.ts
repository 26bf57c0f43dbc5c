import type {
  CreatedSandbox,
  ReissuedToken,
  SandboxConnection,
  SandboxCreate,
  SandboxUpdate,
  SandboxView,
} from '@coatcheck/contract'

/** Creates, shows, changes and ends sandboxes, with their grants and their way out. */
export interface SandboxService {
  /**
   * Nothing is left behind when it throws.
   * @throws CoatcheckError `secret_not_found` | `provider_unknown` | `profile_not_found` | `vault_locked` |
   * `launch_impossible` | `request_invalid` | `rotation_due` | `proxy_closed`, where a target is named
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
  /**
   * How to join a living sandbox. Its token is known to nobody any more: `token` stands in its place, where that is given.
   * @throws CoatcheckError `sandbox_not_found` | `sandbox_ended` | `sandbox_expired` | `sandbox_held_elsewhere`
   */
  connect(project: string, id: string, token?: string): Promise<SandboxConnection>
  /**
   * Gives the sandbox another token; the one before is dead, and what is open ends. Where no place was set for it, the first
   * address that shows the new token is the place.
   * @throws CoatcheckError as `connect` does | `audit_unavailable`, and nothing has changed
   */
  reissueToken(project: string, id: string): Promise<ReissuedToken>
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
