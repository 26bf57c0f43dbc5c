import { createHash } from 'node:crypto'
import { type AskedAccess, type CapUsage, CoatcheckError } from '@coatcheck/contract'
import type { AuditLog } from '../audit/audit-log.ts'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { RateLimiter } from '../foundation/rate-limiter.ts'
import { type Approval, isOpen } from './approval.ts'
import type { ApprovalAnswer, ApprovalAsker, ApprovalQuestion } from './approval-asker.ts'
import type { ApprovalBook, NewApproval } from './approval-book.ts'
import type { ApprovalSettings } from './approval-settings.ts'
import { type ApproverChannels, unreachable } from './approver-channels.ts'

/** What a desk of approvals is made of. */
export interface ApprovalDeskParts {
  readonly audit: AuditLog
  readonly book: ApprovalBook
  readonly channels: ApproverChannels
  readonly clock: Clock
  readonly settings: ApprovalSettings
  /** How the caps stand that a request of this sandbox with these grants is under. @throws CoatcheckError `storage_unavailable` */
  usageUnder(sandboxId: string, grantIds: readonly string[]): Promise<readonly CapUsage[]>
}

/** Questions of one sandbox that are new. */
const askingLimit = { burst: 30, perSecond: 0.5 }
const shortestRetrySeconds = 2

/** Has requests wait for a person's word, and gives each approval out once. */
export class ApprovalDesk implements ApprovalAsker {
  readonly #parts: ApprovalDeskParts
  readonly #limiter: RateLimiter
  /** What wakes those who wait, by approval. */
  readonly #waiting = new Map<string, Set<() => void>>()
  #isClosed = false

  constructor(parts: ApprovalDeskParts) {
    this.#parts = parts
    this.#limiter = new RateLimiter(parts.clock, askingLimit)
  }

  async ask(question: ApprovalQuestion): Promise<ApprovalAnswer> {
    const { book, settings } = this.#parts
    // Nothing is waited for between the look for the same question and the entry of a new one: it is asked once.
    const caps = this.#find(question) === undefined ? await this.#usageUnder(question) : []
    const found = this.#find(question)
    if (found !== undefined && 'outcome' in found) return found
    const approval = found ?? (await this.#ask(question, caps))
    if (approval === undefined) return { outcome: 'unreachable' }
    // Between the question and here it may have been decided, or taken back.
    const isWaiting = book.find(approval.id)?.state === 'pending'
    if (isWaiting && question.mayWait && settings.holdSeconds > 0) await this.#decision(approval)
    return this.#answer(book.find(approval.id))
  }

  /** Enters the wish of a sandbox for a grant; the same wish is entered once while it is open. */
  async enterAccess(sandboxId: string, access: AskedAccess): Promise<Approval> {
    const { book } = this.#parts
    const digest = createHash('sha256')
      .update(JSON.stringify(['asked access', sandboxId, access.to, access.env]))
      .digest('hex')
    const live = book.matching(sandboxId, digest).find((approval) => isLive(book, approval))
    const note = `access to ${access.to}`
    return live ?? this.#enter({ sandboxId, subject: { digest, access }, approvers: [] }, { note })
  }

  async take({ id, sandboxId, digest }: Parameters<ApprovalAsker['take']>[0]): Promise<boolean> {
    const { book, clock } = this.#parts
    const isMeant = book.matching(sandboxId, digest).some((approval) => approval.id === id)
    if (!isMeant) return false
    const taken = book.change(id, ({ usedAt }, state) =>
      state === 'approved' && usedAt === null ? { usedAt: clock.now().toISOString() } : undefined,
    )
    return taken !== undefined
  }

  /** Has everybody who waits for this approval look at it again. */
  wake(approvalId: string): void {
    for (const act of [...(this.#waiting.get(approvalId) ?? [])]) act()
  }

  /** Lets go of whoever waits, and of whoever comes. */
  close(): void {
    this.#isClosed = true
    for (const id of [...this.#waiting.keys()]) this.wake(id)
  }

  /** The approval that a question belongs to, or what became of it; undefined where it is new. */
  #find({ sandboxId, digest, retryKey }: ApprovalQuestion): Approval | ApprovalAnswer | undefined {
    const { book } = this.#parts
    const matching = book.matching(sandboxId, digest)
    if (retryKey !== undefined) {
      const named = matching.find(({ id }) => id === retryKey)
      return named === undefined ? { outcome: 'mismatch' } : isLive(book, named) ? named : this.#answer(named)
    }
    const live = matching.filter((approval) => isLive(book, approval))
    const best = live.find(({ state }) => state === 'approved') ?? live[0]
    if (best !== undefined) return best
    // What was denied stays so for as long as it could have been approved: nobody is asked until they are tired.
    const denied = matching.find((approval) => approval.state === 'denied' && !this.#isPast(approval))
    return denied && this.#answer(denied)
  }

  #usageUnder({ request, sandboxId }: ApprovalQuestion): Promise<readonly CapUsage[]> {
    return this.#parts.usageUnder(
      sandboxId,
      request.grants.map(({ id }) => id),
    )
  }

  async #ask(
    { sandboxId, digest, request: asked, approvers }: ApprovalQuestion,
    caps: readonly CapUsage[],
  ): Promise<Approval | undefined> {
    if (!this.#parts.channels.reaches(approvers)) return undefined
    const { method, rule } = asked
    const request = caps.length === 0 ? asked : { ...asked, caps }
    return this.#enter({ sandboxId, subject: { digest, request }, approvers }, { method, rule })
  }

  async #enter(
    asked: NewApproval,
    facts: { readonly method?: string; readonly rule?: string; readonly note?: string },
  ): Promise<Approval> {
    const { audit, book, channels } = this.#parts
    const { sandboxId } = asked
    const retryAfterSeconds = this.#limiter.take(sandboxId)
    if (retryAfterSeconds !== undefined) throw new CoatcheckError('rate_limited', { retryAfterSeconds })
    const approval = book.enter(asked)
    const event = { id: newIdentifier('evt'), kind: 'approval.asked', project: approval.project } as const
    try {
      await audit.append({ ...event, sandbox: sandboxId, subject: approval.id, ...facts })
    } catch (error) {
      // SECURITY: what the journal knows nothing of is not asked.
      book.change(approval.id, () => ({ state: 'cancelled', reason: 'it could not be recorded' }))
      throw error
    }
    channels.notify(book.view(approval), (failed) => this.#giveUp(approval.id, failed))
    return approval
  }

  /** Takes back a question that reached nobody. */
  #giveUp(approvalId: string, reason: string): void {
    const { book } = this.#parts
    book.change(approvalId, (_, state) => (state === 'pending' ? { state: 'cancelled', reason } : undefined))
    this.wake(approvalId)
  }

  /** Resolves when somebody decided, or the request was held for long enough. */
  #decision({ id: approvalId, expiresAt }: Approval): Promise<void> {
    if (this.#isClosed) return Promise.resolve()
    const { clock, settings } = this.#parts
    const leftMs = Math.max(0, Date.parse(expiresAt) - clock.now().getTime())
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(approvalId) ?? new Set()
      this.#waiting.set(approvalId, waiting)
      const over = (): void => {
        clearTimeout(timer)
        waiting.delete(over)
        if (waiting.size === 0) this.#waiting.delete(approvalId)
        resolve()
      }
      const timer = setTimeout(over, Math.min(settings.holdSeconds * 1000, leftMs))
      waiting.add(over)
    })
  }

  #answer(approval: Approval | undefined): ApprovalAnswer {
    if (approval === undefined) return { outcome: 'mismatch' }
    const { book, clock } = this.#parts
    const { id, reason, expiresAt, usedAt } = approval
    const state = book.stateOf(approval)
    if (usedAt !== null) return { outcome: 'used', id, reason }
    if (state === 'approved') return { outcome: 'approved', id }
    if (state !== 'pending') return reason === unreachable ? { outcome: 'unreachable' } : { outcome: state, id, reason }
    const leftMs = Date.parse(expiresAt) - clock.now().getTime()
    const retryAfterSeconds = Math.max(1, Math.min(shortestRetrySeconds, Math.ceil(leftMs / 1000)))
    return { outcome: 'pending', id, retryAfterSeconds }
  }

  #isPast({ expiresAt }: Approval): boolean {
    return this.#parts.clock.now() >= new Date(expiresAt)
  }
}

function isLive(book: ApprovalBook, approval: Approval): boolean {
  if (!isOpen(approval)) return false
  const state = book.stateOf(approval)
  return state === 'pending' || state === 'approved'
}
