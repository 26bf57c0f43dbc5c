import type { AttachedGrant, GrantAttach } from '@coatcheck/contract'
import { ApprovalBook } from '../approvals/approval-book.ts'
import { ApprovalDesk } from '../approvals/approval-desk.ts'
import { ApprovalService } from '../approvals/approval-service.ts'
import type { ApprovalStore } from '../approvals/approval-store.ts'
import { ApproverChannels } from '../approvals/approver-channels.ts'
import { Callbacks } from '../approvals/callbacks.ts'
import { WebhookChannel } from '../approvals/webhook-channel.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { CapService } from '../caps/cap-service.ts'
import { applicableCaps } from '../egress/applicable-caps.ts'
import type { RouteTable } from '../egress/route-table.ts'
import { isOver } from '../egress/stages/identify.ts'
import type { HighWaterClock } from '../foundation/high-water-clock.ts'
import type { ProviderDirectory } from '../providers/provider-directory.ts'
import type { KeyRing } from '../vault/key-ring.ts'
import type { Vault } from '../vault/vault.ts'
import { findFitting } from './find-fitting.ts'
import type { ConfiguredApprovals } from './read-approvals.ts'

/** What approvals are put together from. */
export interface OpenApprovalsParts {
  readonly audit: AuditLog
  readonly caps: Pick<CapService, 'usageUnder'>
  readonly clock: HighWaterClock
  readonly configured: ConfiguredApprovals
  readonly keyRing: KeyRing
  readonly providers: ProviderDirectory
  readonly routes: RouteTable
  readonly store: ApprovalStore
  readonly vault: Pick<Vault, 'list'>
  /** Attaches a secret to a living sandbox. */
  attach(project: string, sandboxId: string, env: string, input: GrantAttach): Promise<AttachedGrant>
}

/** Who asks, and who is asked. */
export interface OpenedApprovals {
  readonly desk: ApprovalDesk
  readonly service: ApprovalService
  readonly callbacks: Callbacks
}

/** Puts the parts of approvals together. */
export function openApprovals(parts: OpenApprovalsParts): OpenedApprovals {
  const { attach, audit, caps, clock, configured, keyRing, routes } = parts
  const { settings, webhooks } = configured
  const stands = (sandboxId: string, grantIds: readonly string[]): boolean => {
    const { sandbox, grants } = routes.routesOf(sandboxId)
    return !isOver(sandbox, clock) && grantIds.every((id) => grants.some(({ grant }) => grant.id === id))
  }
  const noncesFor = (webhook: string, approvalId: string): readonly string[] =>
    keyRing.approvalIndexes(JSON.stringify(['callback', webhook, approvalId]))
  const nonceFor = (webhook: string, approvalId: string): string => noncesFor(webhook, approvalId)[0]!
  const projectOf = (sandboxId: string): string => routes.routesOf(sandboxId).sandbox.project
  const book = new ApprovalBook({ ...parts, projectOf, settings, stands: (...asked) => isTrue(() => stands(...asked)) })
  const channels = new ApproverChannels(webhooks.map((webhook) => new WebhookChannel(webhook, { clock, nonceFor })))
  const usageUnder = async (sandboxId: string, grantIds: readonly string[]) => {
    const standing = applicableCaps(routes.routesOf(sandboxId), grantIds)
    return standing.length === 0 ? [] : caps.usageUnder(standing)
  }
  const desk = new ApprovalDesk({ audit, book, channels, clock, settings, usageUnder })
  const fit = (sandboxId: string, to: string) => findFitting(to, { ...parts, project: projectOf(sandboxId) })
  const service = new ApprovalService({ audit, attach, book, clock, desk, fit, settings })
  return { desk, service, callbacks: new Callbacks({ clock, noncesFor, service, webhooks }) }
}

/** SECURITY: what nobody can say does not stand. */
function isTrue(act: () => boolean): boolean {
  try {
    return act()
  } catch {
    return false
  }
}
