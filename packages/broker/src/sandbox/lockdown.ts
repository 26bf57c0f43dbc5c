import { CoatcheckError, type LockdownReport, type LockdownTarget } from '@coatcheck/contract'
import { isKeyId } from '../foundation/virtual-key-text.ts'
import type { Vault } from '../vault/vault.ts'
import type { LifecycleRecords } from './lifecycle-records.ts'
import type { LiveSandboxes } from './live-sandboxes.ts'
import type { LocalGrantService } from './local-grant-service.ts'
import type { LocalSandboxService } from './local-sandbox-service.ts'
import type { Sandbox } from './sandbox.ts'
import type { SandboxStore } from './sandbox-store.ts'

/** Rows looked at together. */
const pageSize = 500

const reason = 'lockdown'

/** What a lockdown works with. */
export interface LockdownParts {
  readonly grants: LocalGrantService
  readonly live: LiveSandboxes
  readonly records: LifecycleRecords
  readonly sandboxes: LocalSandboxService
  readonly store: SandboxStore
  readonly vault: Vault
}

/** Ends everything of a project, a secret, a sandbox or a label, in one step. */
export class Lockdown {
  readonly #parts: LockdownParts

  constructor(parts: LockdownParts) {
    this.#parts = parts
  }

  /**
   * @throws CoatcheckError `secret_not_found` | `sandbox_not_found` with nothing ended; `vault_locked` | `row_tampered` |
   * `audit_unavailable` after all that is live in this process has ended
   */
  async execute(project: string, target: LockdownTarget): Promise<LockdownReport> {
    const report = await this.#end(project, target)
    const note = `sandboxes: ${report.sandboxes}, grants: ${report.grants}`
    await this.#parts.records.lockdownExecuted(project, describe(target), note)
    return report
  }

  async #end(project: string, target: LockdownTarget): Promise<LockdownReport> {
    const { grants, sandboxes, store, vault } = this.#parts
    if (target.secret !== undefined) {
      const { id } = vault.get(project, target.secret)
      return { sandboxes: 0, grants: await grants.endGrantsOf(id, reason) }
    }
    if (target.sandbox !== undefined) {
      const sandbox = store.find(target.sandbox)
      if (sandbox === undefined || sandbox.project !== project) throw new CoatcheckError('sandbox_not_found')
      return sandboxes.endTogether([sandbox], reason)
    }
    const { found, failure } = this.#alive(project, selects(target))
    const report = await sandboxes.endTogether(found, reason)
    if (failure !== undefined) throw failure
    return report
  }

  /** SECURITY: where rows cannot be read, what this process holds is found all the same. */
  #alive(project: string, matches: (sandbox: Sandbox) => boolean): { found: readonly Sandbox[]; failure?: unknown } {
    const held = this.#parts.live.all().map(({ sandbox }) => sandbox)
    const ours = held.filter((sandbox) => sandbox.project === project && matches(sandbox))
    const found = new Map(ours.map((sandbox) => [sandbox.id, sandbox]))
    try {
      for (let cursor: string | null = null; ; ) {
        const page = this.#parts.store.list(project, pageSize, cursor)
        for (const sandbox of page) if (sandbox.endedAt === null && matches(sandbox)) found.set(sandbox.id, sandbox)
        if (page.length < pageSize) return { found: [...found.values()] }
        cursor = page.at(-1)!.id
      }
    } catch (failure) {
      return { found: [...found.values()], failure }
    }
  }
}

/** @throws CoatcheckError `request_invalid` */
function selects({ all, label }: LockdownTarget): (sandbox: Sandbox) => boolean {
  if (all === true) return () => true
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(label ?? '') ?? []
  if (name === '') throw new CoatcheckError('request_invalid', { reason: 'all, sandbox, secret, label: one is needed' })
  // A virtual key has one label, which is all of its text.
  return ({ id, labels, name: called }) =>
    isKeyId(id) ? called === label : Object.hasOwn(labels, name) && labels[name] === value
}

function describe({ all, sandbox, secret, label }: LockdownTarget): string {
  if (all === true) return 'all'
  return sandbox ?? (secret === undefined ? `label ${label}` : `secret ${secret}`)
}
