import { type ApprovalState, type ApprovalView, CoatcheckError } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import { type Approval, type ApprovalSubject, approvalContext, isOpen } from './approval.ts'
import type { ApprovalSettings } from './approval-settings.ts'
import type { ApprovalStore } from './approval-store.ts'

/** What a book of approvals is made of. */
export interface ApprovalBookParts {
  readonly store: ApprovalStore
  readonly keyRing: Pick<KeyRing, 'approvalIndexes' | 'openApproval' | 'sealApproval'>
  readonly clock: Clock
  readonly settings: ApprovalSettings
  /** The project of a sandbox. @throws CoatcheckError `sandbox_not_found` */
  projectOf(sandboxId: string): string
  /** Whether a sandbox lives, and holds all of these grants. */
  stands(sandboxId: string, grantIds: readonly string[]): boolean
}

/** A question that is to be entered. */
export interface NewApproval {
  readonly sandboxId: string
  readonly subject: ApprovalSubject
  readonly approvers: readonly string[]
}

/** Open at one time, of one sandbox and of one project. */
const maxOpenOfSandbox = 20
const maxOpen = 400
/** Kept of one project; the oldest that are settled go first. */
const maxKept = 600

/** The approvals of every project: what was asked, and how each stands at this moment. */
export class ApprovalBook {
  readonly #parts: ApprovalBookParts

  constructor(parts: ApprovalBookParts) {
    this.#parts = parts
  }

  /** @throws CoatcheckError `approval_limit` | `vault_locked` | `storage_unavailable` */
  enter({ sandboxId, subject, approvers }: NewApproval): Approval {
    const { store, keyRing, clock, settings } = this.#parts
    const project = this.#parts.projectOf(sandboxId)
    this.#makeRoom(project, sandboxId)
    const id = newIdentifier('apr')
    const now = clock.now().getTime()
    const approval: Approval = {
      id,
      project,
      sandboxId,
      kind: subject.request === undefined ? 'access' : 'request',
      fingerprint: keyRing.approvalIndexes(subject.digest)[0]!,
      subjectSealed: keyRing.sealApproval(JSON.stringify(subject), approvalContext({ id, sandboxId })),
      approvers,
      state: 'pending',
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + settings.expirySeconds * 1000).toISOString(),
      decidedAt: null,
      decidedBy: null,
      reason: null,
      usedAt: null,
    }
    store.create(approval)
    return approval
  }

  /** @throws CoatcheckError `row_tampered` | `vault_locked` */
  find(approvalId: string): Approval | undefined {
    return this.#parts.store.find(approvalId)
  }

  /** Those of a sandbox that were asked with this digest, newest first. */
  matching(sandboxId: string, digest: string): readonly Approval[] {
    const { keyRing, store } = this.#parts
    return store
      .findByFingerprint(keyRing.approvalIndexes(digest))
      .filter((approval) => approval.sandboxId === sandboxId)
  }

  /** Those of a project, newest first. */
  list(project: string): readonly Approval[] {
    return this.#parts.store.list(project)
  }

  /** Those of a sandbox, newest first. */
  listOf(sandboxId: string): readonly Approval[] {
    return this.list(this.#parts.projectOf(sandboxId)).filter((approval) => approval.sandboxId === sandboxId)
  }

  /** Changes an approval as it stands, unless `next` gives nothing. */
  change(approvalId: string, next: (present: Approval, state: ApprovalState) => Partial<Approval> | undefined) {
    return this.#parts.store.change(approvalId, (present) => {
      const changed = next(present, this.stateOf(present))
      return changed && { ...present, ...changed }
    })
  }

  /** How it stands: what time or the end of its sandbox has overtaken is settled, whatever its row says. */
  stateOf(approval: Approval): ApprovalState {
    if (!isOpen(approval)) return approval.state
    const { clock, stands } = this.#parts
    if (clock.now() >= new Date(approval.expiresAt)) return 'expired'
    const grantIds = this.subjectOf(approval).request?.grants.map(({ id }) => id) ?? []
    return stands(approval.sandboxId, grantIds) ? approval.state : 'cancelled'
  }

  /** @throws CoatcheckError `vault_locked` | `row_tampered` */
  subjectOf(approval: Approval): ApprovalSubject {
    const text = this.#parts.keyRing.openApproval(approval.subjectSealed, approvalContext(approval))
    return JSON.parse(text) as ApprovalSubject
  }

  /** As whoever decides sees it. */
  view(approval: Approval): ApprovalView {
    const { id, kind, sandboxId, approvers, createdAt, expiresAt, decidedAt, decidedBy, reason, usedAt } = approval
    const { request, access } = this.subjectOf(approval)
    return {
      ...{ id, kind, state: this.stateOf(approval), sandbox: sandboxId, approvers, createdAt, expiresAt },
      ...{ decidedAt, decidedBy, reason, usedAt },
      ...(request && { request }),
      ...(access && { access }),
    }
  }

  /** SECURITY: R-82. What one sandbox asks fills neither the disk nor the list of whoever decides. */
  #makeRoom(project: string, sandboxId: string): void {
    const all = this.list(project)
    const open = all.filter((approval) => isOpen(approval) && ['pending', 'approved'].includes(this.stateOf(approval)))
    const own = open.filter((approval) => approval.sandboxId === sandboxId)
    if (own.length >= maxOpenOfSandbox || open.length >= maxOpen) throw new CoatcheckError('approval_limit')
    const settled = all.filter((approval) => !open.includes(approval))
    for (const { id } of settled.slice(Math.max(0, maxKept - 1 - open.length))) this.#parts.store.remove(id)
  }
}
