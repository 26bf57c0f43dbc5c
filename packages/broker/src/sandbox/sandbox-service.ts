import type { CreatedSandbox, SandboxCreate, SandboxView } from '@coatcheck/contract'

/** Creates, shows and ends sandboxes, with their grants and their way out. */
export interface SandboxService {
  /**
   * Nothing is left behind when it throws.
   * @throws CoatcheckError `secret_not_found` | `provider_unknown` | `profile_not_found` | `vault_locked` |
   * `launch_impossible` | `request_invalid`
   */
  create(project: string, input: SandboxCreate): Promise<CreatedSandbox>
  /** @throws CoatcheckError `sandbox_not_found` | `row_tampered` */
  get(project: string, id: string): SandboxView
  list(project: string, limit: number, cursor: string | null): readonly SandboxView[]
  /** Ends the sandbox: placeholders dead, listeners and live connections closed. @throws CoatcheckError `sandbox_not_found` */
  end(project: string, id: string, reason: string): Promise<void>
  /** Ends the grants of a secret on every sandbox, with their live connections. */
  endGrantsOf(secretId: string): void
  /** Resolves when the sandbox has ended, at once if it has. */
  ended(id: string): Promise<void>
}
