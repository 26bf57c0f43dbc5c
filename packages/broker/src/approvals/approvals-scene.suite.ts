import { createHash, createSecretKey } from 'node:crypto'
import { type AskedRequest, type AttachedGrant, type CapUsage, CoatcheckError } from '@coatcheck/contract'
import type { AuditEntry } from '../audit/audit-log.ts'
import type { Clock } from '../foundation/clock.ts'
import type { Approval } from './approval.ts'
import type { ApprovalQuestion } from './approval-asker.ts'
import { ApprovalBook } from './approval-book.ts'
import { ApprovalDesk } from './approval-desk.ts'
import { ApprovalService } from './approval-service.ts'
import type { ApprovalSettings } from './approval-settings.ts'
import { type ApproverChannel, ApproverChannels } from './approver-channels.ts'
import { Callbacks } from './callbacks.ts'

/** What a scene may be given in the place of the usual. */
export interface ApprovalsSceneOptions {
  readonly settings?: Partial<ApprovalSettings>
  readonly channels?: readonly ApproverChannel[]
  /** How the caps stand on every request; none when absent. */
  readonly caps?: readonly CapUsage[]
}

/** Approvals in memory, whose subjects are not sealed; time passes when the test says so. */
export interface ApprovalsScene {
  readonly desk: ApprovalDesk
  readonly service: ApprovalService
  readonly callbacks: Callbacks
  readonly book: ApprovalBook
  readonly audited: AuditEntry[]
  readonly attached: unknown[]
  readonly rows: Map<string, Approval>
  /** Sandboxes that have ended. */
  readonly ended: Set<string>
  isJournalFull: boolean
  refusesGrants: boolean
  pass(seconds: number): void
  /** Another desk and service over the same rows, as after a restart. */
  again(): ApprovalsScene
}

/** Key of the webhook `chat` of a scene. */
export const sceneWebhookKey = createSecretKey(Buffer.alloc(32, 7))

/** What a callback of a scene has to know. */
export function sceneNonce(webhook: string, approvalId: string): string {
  return createHash('sha256').update(`${webhook} ${approvalId}`).digest('hex')
}

/** Opens a scene. */
export function openApprovalsScene(options: ApprovalsSceneOptions = {}, rows = new Map<string, Approval>()) {
  let nowMs = Date.parse('2026-11-22T10:00:00.000Z')
  const clock: Clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs }
  const settings = { holdSeconds: 0, expirySeconds: 900, ...options.settings }
  const ended = new Set<string>()
  const audited: AuditEntry[] = []
  const attached: unknown[] = []
  const newest = () => [...rows.values()].toReversed().sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1))
  const book = new ApprovalBook({
    projectOf: () => 'default',
    clock,
    settings,
    keyRing: { approvalIndexes: (digest) => [digest], openApproval: (text) => text, sealApproval: (text) => text },
    stands: (sandboxId) => !ended.has(sandboxId),
    store: {
      create: (approval) => void rows.set(approval.id, approval),
      change(id, next) {
        const present = rows.get(id)
        const changed = present && next(present)
        if (changed !== undefined) rows.set(id, changed)
        return changed
      },
      remove: (id) => void rows.delete(id),
      find: (id) => rows.get(id),
      findByFingerprint: (fingerprints) => newest().filter(({ fingerprint }) => fingerprints.includes(fingerprint)),
      list: (project) => newest().filter((approval) => approval.project === project),
    },
  })
  const audit = {
    append(entry: AuditEntry): Promise<void> {
      if (scene.isJournalFull) return Promise.reject(new Error('full'))
      audited.push(entry)
      return Promise.resolve()
    },
  }
  const channels = new ApproverChannels(options.channels ?? [])
  const usageUnder = async () => options.caps ?? []
  const desk = new ApprovalDesk({ audit, book, channels, clock, settings, usageUnder })
  const service = new ApprovalService({
    ...{ audit, book, clock, desk, settings },
    async attach(_project, sandboxId, env, input): Promise<AttachedGrant> {
      if (scene.refusesGrants) throw new CoatcheckError('secret_not_found')
      attached.push({ sandboxId, env, ...input })
      const grant = { id: 'grt_1', env, secret: input.secret ?? null, to: [], expiresAt: null }
      return { grant, placeholder: 'placeholder', env: { [env]: 'placeholder' } }
    },
    fit: (_sandboxId, to) => (to === 'stripe' ? { env: 'STRIPE_KEY', secrets: ['shop'] } : { env: null, secrets: [] }),
  })
  const webhooks = [{ name: 'chat', key: sceneWebhookKey }]
  const noncesFor = (webhook: string, id: string) => [sceneNonce(webhook, id)]
  const callbacks = new Callbacks({ clock, noncesFor, service, webhooks })
  const scene: ApprovalsScene = {
    ...{ callbacks, desk, service, book, audited, attached, rows, ended, isJournalFull: false, refusesGrants: false },
    pass(seconds) {
      nowMs += seconds * 1000
    },
    again: () => openApprovalsScene(options, rows),
  }
  return scene
}

/** A request that a rule asks about. */
export function sampleAsked(overrides: Partial<AskedRequest> = {}): AskedRequest {
  return {
    method: 'POST',
    url: 'https://api.service.test/v1/refunds',
    headers: [],
    body: null,
    rule: 'refunds',
    grants: [{ id: 'grt_1', env: 'KEY', secret: 'shop' }],
    ...overrides,
  }
}

/** A question of sandbox `sbx_1`. */
export function sampleQuestion(overrides: Partial<ApprovalQuestion> = {}): ApprovalQuestion {
  return { sandboxId: 'sbx_1', digest: 'ab', request: sampleAsked(), approvers: [], mayWait: true, ...overrides }
}
