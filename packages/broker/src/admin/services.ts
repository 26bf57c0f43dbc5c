import type {
  BrokerStatus,
  Checkup,
  ExplainRequest,
  Explanation,
  KeyRotationProgress,
  Reach,
  ReachReceipt,
  ReachRequest,
  ReceiptRequest,
  Scope,
} from '@coatcheck/contract'
import type { Projects } from '../access/projects.ts'
import type { TokenAccess } from '../access/token-access.ts'
import type { ApprovalService } from '../approvals/approval-service.ts'
import type { Callbacks } from '../approvals/callbacks.ts'
import type { AuditIndex } from '../audit/audit-index.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { JournalInspector } from '../audit/journal-inspector.ts'
import type { CapService } from '../caps/cap-service.ts'
import type { ProjectRuleStore } from '../policy/rules/project-rule-store.ts'
import type { ProviderService } from '../providers/provider-service.ts'
import type { DecoyService } from '../sandbox/decoy-service.ts'
import type { GrantService } from '../sandbox/grant-service.ts'
import type { KeyService } from '../sandbox/key-service.ts'
import type { Lockdown } from '../sandbox/lockdown.ts'
import type { ProfileService } from '../sandbox/profile-service.ts'
import type { SandboxService } from '../sandbox/sandbox-service.ts'
import type { SourceValues } from '../sources/source-values.ts'
import type { Secret } from '../vault/secret.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import type { Vault } from '../vault/vault.ts'

/** Scopes in the form in which they are saved, with the check that every value sent through them has to pass. */
export interface PreparedScopes {
  readonly scopes: readonly Scope[]
  /** @throws CoatcheckError `secret_unusable` */
  check(value: SecretValue): void
  /** @throws CoatcheckError `request_invalid` where no answer of a service tells whether it takes the value */
  demandStageable(): void
}

/** A backup that is ready to be read. */
export interface PreparedBackup {
  /** In bytes. */
  readonly size: number
  readonly chunks: AsyncIterable<Uint8Array>
  /** To be called in the end, whether it was read or not. */
  discard(): void
}

/** Locks and unlocks the vault together with everything that lives on its keys. */
export interface VaultControl {
  /** Zeroes keys and caches and ends every connection that carries a secret. */
  lock(): Promise<void>
  /** @throws CoatcheckError `key_unusable` | `passphrase_required` | `passphrase_wrong` */
  unlock(passphrase?: SecretValue): Promise<void>
  /** Replaces the key-encryption key. @throws CoatcheckError `vault_locked` | `key_unusable` | `storage_unavailable` */
  rotateKey(onProgress: (progress: KeyRotationProgress) => void): Promise<void>
  /** Without `next` the key lies in the clear. @throws CoatcheckError `passphrase_required` | `passphrase_wrong` | `passphrase_weak` */
  changePassphrase(current: SecretValue | undefined, next: SecretValue | undefined): Promise<void>
  /** Takes an older database as the present one, once an operator said so. */
  confirmRollback(): Promise<void>
}

/** Everything that the management API asks of the broker. */
export interface AdminServices {
  /** The project whose services these are. */
  readonly project: string
  /** The same for another project, which there is. */
  of(project: string): AdminServices
  readonly projects: Projects
  readonly caps: CapService
  readonly vault: Vault
  readonly vaultControl: VaultControl
  /** With a passphrase, the keys are in it, encrypted. @throws CoatcheckError `passphrase_weak` | `vault_locked` | `storage_unavailable` */
  prepareBackup(passphrase: SecretValue | undefined): Promise<PreparedBackup>
  readonly sandboxes: SandboxService
  readonly grants: GrantService
  readonly keys: KeyService
  readonly lockdown: Pick<Lockdown, 'execute'>
  readonly tokens: TokenAccess
  readonly profiles: ProfileService
  readonly providers: ProviderService
  readonly approvals: {
    readonly service: Pick<ApprovalService, 'decide' | 'demand' | 'get' | 'list'>
    readonly callbacks: Pick<Callbacks, 'take'>
  }
  readonly decoys: Pick<DecoyService, 'create' | 'delete' | 'get' | 'list'>
  readonly sources: Pick<
    SourceValues,
    'askAll' | 'demandCover' | 'demandReady' | 'fetchFor' | 'list' | 'refresh' | 'stateOf'
  >
  readonly rules: ProjectRuleStore
  readonly auditLog: AuditLog
  readonly auditIndex: AuditIndex
  readonly journal: Pick<JournalInspector, 'verify' | 'checkpoint'>
  /**
   * What sandboxes and virtual keys could do at worst, by id, name or label, or sandboxes of a profile.
   * @throws CoatcheckError `sandbox_not_found` | `key_not_found` | `profile_not_found` | `secret_not_found` | `vault_locked` | `row_tampered`
   */
  readonly reach: {
    of(whose: ReachRequest): Reach
    receipt(whose: ReceiptRequest): Promise<ReachReceipt>
  }
  /** Checks scopes as they are to be saved. @throws CoatcheckError `scope_invalid` */
  prepareScopes(scopes: readonly Scope[]): PreparedScopes
  /**
   * What would become of a request. Nothing is dialled, revealed or recorded.
   * @throws CoatcheckError `sandbox_not_found` | `request_invalid` | `vault_locked` | `row_tampered`
   */
  explain(request: ExplainRequest): Promise<Explanation>
  /** Looks at what only the broker can see of itself. @throws CoatcheckError `vault_locked` | `row_tampered` */
  checkUp(): Checkup
  /** Whether a service said that what this version holds is dead; absent where nothing is asked of services. */
  needsSignIn?(secret: Pick<Secret, 'id' | 'version'>): boolean
  /** Resolves when every thread of the broker acts by what was changed up to now. Absent where there is one thread. */
  settled?(): Promise<void>
  /** Numbers in the text format of Prometheus. */
  metrics(): Promise<string>
  /** Readable in every state of the vault. */
  status(): BrokerStatus
  /** Takes an unexpected error to the broker's own log, under the id that the client was given. */
  reportFault(instance: string, error: unknown): void
}
