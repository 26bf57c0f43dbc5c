import type { BrokerStatus, Scope } from '@coatcheck/contract'
import type { AuditIndex } from '../audit/audit-index.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { JournalInspector } from '../audit/journal-inspector.ts'
import type { SandboxService } from '../sandbox/sandbox-service.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import type { Vault } from '../vault/vault.ts'

/** Scopes in the form in which they are saved, with the check that every value sent through them has to pass. */
export interface PreparedScopes {
  readonly scopes: readonly Scope[]
  /** @throws CoatcheckError `secret_unusable` */
  check(value: SecretValue): void
}

/** Locks and unlocks the vault together with everything that lives on its keys. */
export interface VaultControl {
  /** Zeroes keys and caches and ends every connection that carries a secret. */
  lock(): Promise<void>
  /** @throws CoatcheckError `key_unusable` */
  unlock(): Promise<void>
  /** Takes an older database as the present one, once an operator said so. */
  confirmRollback(): Promise<void>
}

/** Everything that the management API asks of the broker. */
export interface AdminServices {
  /** Project that every request acts in. */
  readonly project: string
  readonly vault: Vault
  readonly vaultControl: VaultControl
  readonly sandboxes: SandboxService
  readonly auditLog: AuditLog
  readonly auditIndex: AuditIndex
  readonly journal: Pick<JournalInspector, 'verify' | 'checkpoint'>
  /** Checks scopes as they are to be saved. @throws CoatcheckError `scope_invalid` */
  prepareScopes(scopes: readonly Scope[]): PreparedScopes
  /** Readable in every state of the vault. */
  status(): BrokerStatus
  /** Takes an unexpected error to the broker's own log, under the id that the client was given. */
  reportFault(instance: string, error: unknown): void
}
