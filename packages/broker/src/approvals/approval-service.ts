import {
  type AccessRequest,
  type ApprovalDecision,
  type ApprovalView,
  type AttachedGrant,
  CoatcheckError,
  type DecidedApproval,
  type GrantAttach,
  type OwnApproval,
} from '@coatcheck/contract'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { Approval } from './approval.ts'
import type { ApprovalBook } from './approval-book.ts'
import type { ApprovalDesk } from './approval-desk.ts'
import type { ApprovalSettings } from './approval-settings.ts'
import { operatorChannel } from './approver-channels.ts'
import { shownText } from './shown-text.ts'

/** How those begin who decide by a webhook; whether they may was asked before. */
export const webhookActor = 'webhook:'

interface GrantWish {
  readonly env: string
  readonly input: GrantAttach
}

/** What the service works with. */
export interface ApprovalServiceParts {
  readonly audit: AuditLog
  readonly book: ApprovalBook
  readonly clock: Clock
  readonly desk: Pick<ApprovalDesk, 'enterAccess' | 'wake'>
  readonly settings: ApprovalSettings
  /** Attaches a secret to a living sandbox. */
  attach(project: string, sandboxId: string, env: string, input: GrantAttach): Promise<AttachedGrant>
  /** What a sandbox may mean by a host or a provider: a variable, where one is known, and names of secrets. */
  fit(sandboxId: string, to: string): { readonly env: string | null; readonly secrets: readonly string[] }
}

/** What people and sandboxes do with approvals, beside asking for one by a request. */
export class ApprovalService {
  readonly #parts: ApprovalServiceParts
  /** One decision of an approval at a time, so that two surfaces get one outcome. */
  readonly #deciding = new Map<string, Promise<unknown>>()

  constructor(parts: ApprovalServiceParts) {
    this.#parts = parts
  }

  /** @throws CoatcheckError `approval_not_found` */
  get(project: string, approvalId: string): ApprovalView {
    this.demand(project, approvalId)
    return this.#parts.book.view(this.#find(approvalId))
  }

  /** The same for whoever has shown that an approval is theirs, whatever its project. @throws CoatcheckError `approval_not_found` */
  show(approvalId: string): ApprovalView {
    return this.#parts.book.view(this.#find(approvalId))
  }

  /** SECURITY: R-89. An approval of another project does not exist. @throws CoatcheckError `approval_not_found` */
  demand(project: string, approvalId: string): void {
    if (this.#parts.book.find(approvalId)?.project !== project) throw new CoatcheckError('approval_not_found')
  }

  /** Newest first. */
  list(project: string): readonly ApprovalView[] {
    const { book } = this.#parts
    return book.list(project).map((approval) => book.view(approval))
  }

  /**
   * Decides, once. Saying the same again changes nothing.
   * @param actor who decides
   * @throws CoatcheckError `approval_not_found` | `approval_decided` | `approval_for_others` | `request_invalid` | `audit_unavailable`, and as attaching a secret does
   */
  async decide(approvalId: string, decision: ApprovalDecision, actor: string): Promise<DecidedApproval> {
    const before = this.#deciding.get(approvalId)
    const deciding = (before ?? Promise.resolve()).catch(() => {}).then(() => this.#decide(approvalId, decision, actor))
    this.#deciding.set(approvalId, deciding)
    try {
      return await deciding
    } finally {
      if (this.#deciding.get(approvalId) === deciding) this.#deciding.delete(approvalId)
    }
  }

  /** Enters the wish of a sandbox for a grant. @throws CoatcheckError `approval_limit` | `rate_limited` | `audit_unavailable` */
  async requestAccess(sandboxId: string, { to, env, reason }: AccessRequest): Promise<OwnApproval> {
    const fitting = this.#parts.fit(sandboxId, to)
    const access = {
      to: shownText(to),
      env: env ?? fitting.env,
      reason: shownText(reason),
      secrets: fitting.secrets,
    }
    return this.#own(await this.#parts.desk.enterAccess(sandboxId, access))
  }

  /** Those of a sandbox, newest first, as it may see them itself. */
  listOwn(sandboxId: string): readonly OwnApproval[] {
    return this.#parts.book.listOf(sandboxId).map((approval) => this.#own(approval))
  }

  /** SECURITY: R-83. What another sandbox asked does not exist. @throws CoatcheckError `not_found` */
  getOwn(sandboxId: string, approvalId: string): OwnApproval {
    return this.#own(this.#findOwn(sandboxId, approvalId))
  }

  /** Takes a question back that is still open. @throws CoatcheckError `not_found` | `approval_decided` | `audit_unavailable` */
  async cancelOwn(sandboxId: string, approvalId: string): Promise<void> {
    this.#findOwn(sandboxId, approvalId)
    await this.#cancel(approvalId, 'taken back by its sandbox')
  }

  async #cancel(approvalId: string, reason: string): Promise<void> {
    const { audit, book, desk } = this.#parts
    const cancelled = book.change(approvalId, ({ usedAt }, state) =>
      state === 'pending' || (state === 'approved' && usedAt === null) ? { state: 'cancelled', reason } : undefined,
    )
    if (cancelled === undefined) throw new CoatcheckError('approval_decided')
    desk.wake(approvalId)
    const event = { id: newIdentifier('evt'), kind: 'approval.cancelled', project: cancelled.project } as const
    await audit.append({ ...event, sandbox: cancelled.sandboxId, subject: approvalId, note: reason })
  }

  async #decide(approvalId: string, input: ApprovalDecision, actor: string): Promise<DecidedApproval> {
    const { book, desk } = this.#parts
    const approval = this.#find(approvalId)
    const present = book.view(approval)
    const meant = input.decision === 'approve' ? 'approved' : 'denied'
    if (present.state === meant) return present
    if (present.state !== 'pending') throw new CoatcheckError('approval_decided', { state: present.state })
    const wish = present.kind === 'access' && meant === 'approved' ? grantWish(present, input) : undefined
    if (!mayDecide(approval.approvers, actor)) throw new CoatcheckError('approval_for_others')
    // SECURITY: recorded before it is good for anything.
    await this.#record(approval, meant, input.reason)
    const decided = book.change(approvalId, (_, state) =>
      state === 'pending' ? this.#outcome(meant, input.reason ?? null, actor, wish !== undefined) : undefined,
    )
    if (decided === undefined) throw new CoatcheckError('approval_decided')
    const grant = wish && (await this.#give(approval, wish))
    desk.wake(approvalId)
    return { ...book.view(decided), ...(grant && { grant }) }
  }

  /** Attaches what was approved; where that cannot be, the question is open again. */
  async #give(approval: Approval, { env, input }: GrantWish): Promise<AttachedGrant> {
    try {
      return await this.#parts.attach(approval.project, approval.sandboxId, env, input)
    } catch (error) {
      this.#parts.book.change(approval.id, () => approval)
      throw error
    }
  }

  #outcome(state: 'approved' | 'denied', reason: string | null, decidedBy: string, isUsed: boolean): Partial<Approval> {
    const { clock, settings } = this.#parts
    const now = clock.now()
    const decidedAt = now.toISOString()
    const expiresAt = new Date(now.getTime() + settings.expirySeconds * 1000).toISOString()
    return {
      state,
      decidedAt,
      decidedBy,
      reason: reason === null ? null : shownText(reason),
      ...(state === 'approved' && { expiresAt }),
      ...(isUsed && { usedAt: decidedAt }),
    }
  }

  async #record({ id, project, sandboxId }: Approval, outcome: string, reason: string | undefined): Promise<void> {
    const { audit } = this.#parts
    const note = reason === undefined ? outcome : `${outcome}: ${shownText(reason)}`
    const event = { id: newIdentifier('evt'), kind: 'approval.decided', project } as const
    await audit.append({ ...event, sandbox: sandboxId, subject: id, note })
  }

  #find(approvalId: string): Approval {
    const approval = this.#parts.book.find(approvalId)
    if (approval === undefined) throw new CoatcheckError('approval_not_found')
    return approval
  }

  #findOwn(sandboxId: string, approvalId: string): Approval {
    const approval = this.#parts.book.find(approvalId)
    if (approval === undefined || approval.sandboxId !== sandboxId) throw new CoatcheckError('not_found')
    return approval
  }

  #own(approval: Approval): OwnApproval {
    const { id, kind, createdAt, expiresAt, reason, usedAt } = approval
    return { id, kind, state: this.#parts.book.stateOf(approval), createdAt, expiresAt, reason, usedAt }
  }
}

/** SECURITY: where a rule names who may decide, others may not, but for whoever owns the home and could change the rule. */
function mayDecide(approvers: readonly string[], actor: string): boolean {
  if (approvers.length === 0 || actor === 'owner' || actor.startsWith(webhookActor)) return true
  return approvers.includes(actor) || approvers.includes(operatorChannel)
}

/** @throws CoatcheckError `request_invalid` */
function grantWish({ access }: ApprovalView, { secret: named, env: other, ttlSeconds }: ApprovalDecision): GrantWish {
  const [only, ...more] = access?.secrets ?? []
  const secret = named ?? (more.length === 0 ? only : undefined)
  if (secret === undefined)
    throw new CoatcheckError('request_invalid', { field: 'secret', reason: 'say which secret is meant' })
  const env = other ?? access?.env
  if (env === null || env === undefined)
    throw new CoatcheckError('request_invalid', { field: 'env', reason: 'say which variable shall hold it' })
  return { env, input: { secret, ...(ttlSeconds !== undefined && { ttlSeconds }) } }
}
