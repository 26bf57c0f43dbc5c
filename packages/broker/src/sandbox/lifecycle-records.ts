import { type AuditKind, CoatcheckError } from '@coatcheck/contract'
import type { AuditLog } from '../audit/audit-log.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { Vault } from '../vault/vault.ts'
import type { Grant } from './grant.ts'
import type { Sandbox } from './sandbox.ts'
import { isVirtualKey } from './virtual-key.ts'

/** Records what becomes of sandboxes, virtual keys and grants. */
export class LifecycleRecords {
  readonly #audit: AuditLog
  readonly #vault: Vault

  constructor(audit: AuditLog, vault: Vault) {
    this.#audit = audit
    this.#vault = vault
  }

  /** @throws CoatcheckError `audit_unavailable` */
  async sandboxChanged(
    kind: Extract<AuditKind, `sandbox.${string}`>,
    { project, id, name }: Pick<Sandbox, 'project' | 'id' | 'name'>,
    details: { readonly grants?: readonly string[]; readonly note?: string } = {},
  ): Promise<void> {
    await this.#append({ kind, project, sandbox: id, subject: name, ...details })
  }

  /** @throws CoatcheckError `audit_unavailable` */
  async grantCreated(grant: Grant): Promise<void> {
    await this.#append({ kind: 'grant.created', ...this.#describe(grant) })
  }

  /** @throws CoatcheckError `audit_unavailable`, which says that the grants have ended */
  async grantsEnded(grants: readonly Grant[], note: string): Promise<void> {
    await standing(async () => {
      for (const grant of grants) await this.#append({ kind: 'grant.ended', ...this.#describe(grant), note })
    })
  }

  /** @throws CoatcheckError `audit_unavailable`, which says that the sandbox has ended */
  async sandboxEnded(sandbox: Pick<Sandbox, 'project' | 'id' | 'name'>, note: string): Promise<void> {
    const { id, name, project } = sandbox
    await standing(() =>
      isVirtualKey(sandbox)
        ? this.#append({ kind: 'key.ended', project, sandbox: id, subject: name, note })
        : this.sandboxChanged('sandbox.ended', sandbox, { note }),
    )
  }

  /** @throws CoatcheckError `audit_unavailable` */
  async keyCreated({ project, id, name, expiresAt }: Sandbox, grant: Grant, secret: string): Promise<void> {
    const about = { project, sandbox: id, subject: name, grants: [grant.id], secrets: [secret] }
    await this.#append({ kind: 'key.created', ...about, note: `until ${expiresAt}` })
  }

  /** @throws CoatcheckError `audit_unavailable`, which says that it was carried out */
  async lockdownExecuted(project: string, subject: string, note: string): Promise<void> {
    await standing(() => this.#append({ kind: 'lockdown.executed', project, subject, note }))
  }

  #describe({ id, project, sandboxId, env, secretId, ephemeral }: Grant) {
    const name = ephemeral ? undefined : this.#vault.find(secretId)?.name
    const secrets = name === undefined ? {} : { secrets: [name] }
    return { project, sandbox: sandboxId, grants: [id], subject: env, ...secrets }
  }

  #append(entry: Omit<Parameters<AuditLog['append']>[0], 'id'>): Promise<void> {
    return this.#audit.append({ id: newIdentifier('evt'), ...entry })
  }
}

/** What has ended stays ended when the journal is failing, and whoever asked for it is told. */
async function standing(record: () => Promise<void>): Promise<void> {
  try {
    await record()
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === 'audit_unavailable')) throw error
    throw new CoatcheckError('audit_unavailable', { ...error.facts, change: 'it ended all the same' }, { cause: error })
  }
}
