import { setTimeout as sleep } from 'node:timers/promises'
import type { ApprovalView } from '@coatcheck/contract'
import { CoatcheckError } from '@coatcheck/contract'
import { Hono } from 'hono'
import { demandReady } from '../demand-ready.ts'
import { eventStream, type ServerEvent } from '../event-stream.ts'
import type { AdminEnv } from '../gate.ts'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { approvalCallback, approvalDecision, approvalQuery } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

const pollMs = 500

/** Which approvals are asked for. */
type Filter = Partial<Pick<ApprovalView, 'kind' | 'sandbox' | 'state'>>

/** `/v1/approvals`. SECURITY: reading decides nothing, whatever is read. */
export function approvalRoutes(services: AdminServices): Hono<AdminEnv> {
  const { project } = services
  const { callbacks, service } = services.approvals
  return new Hono<AdminEnv>()
    .get('/', (context) => {
      const { limit, cursor, follow, ...filter } = parseInput(approvalQuery, context.req.query())
      if (follow !== 'true') return context.json(page(found(services, filter), limit, cursor))
      const source = {
        events: (signal: AbortSignal) => followApprovals(services, filter, signal),
        failed: (error: unknown) => services.reportFault('follow', error),
      }
      return eventStream(source, context.req.raw.signal)
    })
    .get('/:id', (context) => context.json(service.get(project, context.req.param('id'))))
    .post('/:id/callback', async (context) => {
      const callback = await readBody(context, approvalCallback)
      return context.json(await callbacks.take(context.req.param('id'), callback))
    })
    .post('/:id/decision', async (context) => {
      const input = await readBody(context, approvalDecision)
      const id = context.req.param('id')
      service.demand(project, id)
      if (input.decision === 'approve' && input.secret !== undefined) await demandReady(services, [input.secret])
      return context.json(await service.decide(id, input, context.get('caller').actor))
    })
}

function found({ approvals, project }: AdminServices, { kind, sandbox, state }: Filter): readonly ApprovalView[] {
  return approvals.service
    .list(project)
    .filter((approval) => kind === undefined || approval.kind === kind)
    .filter((approval) => sandbox === undefined || approval.sandbox === sandbox)
    .filter((approval) => state === undefined || approval.state === state)
}

function page(views: readonly ApprovalView[], limit: number, cursor: string | undefined) {
  const from = cursor === undefined ? 0 : views.findIndex(({ id }) => id === cursor) + 1
  if (cursor !== undefined && from === 0) {
    const reason = 'cursor: its approval is gone, or of another state by now; start from the first page'
    throw new CoatcheckError('request_invalid', { reason })
  }
  const list = (count: number) => views.slice(from, from + count)
  return pageOf(
    list,
    limit,
    ({ id }) => id,
    (view) => view,
  )
}

/** What is open, and then each approval whenever another thing has become of it; those of other brokers of the home too. */
async function* followApprovals(
  services: AdminServices,
  filter: Filter,
  signal: AbortSignal,
): AsyncGenerator<ServerEvent> {
  const known = new Map<string, string>()
  const { state, ...others } = filter
  const look = () => found(services, others).toReversed()
  const changed = (view: ApprovalView): boolean => {
    const text = JSON.stringify([view.state, view.usedAt])
    const isNew = known.get(view.id) !== text
    known.set(view.id, text)
    return isNew && (state === undefined || view.state === state)
  }
  yield { event: 'open', data: {} }
  // What was settled before is no news.
  for (const view of look()) if (changed(view) && view.state === 'pending') yield { event: 'approval', data: view }
  while (!signal.aborted) {
    await sleep(pollMs, undefined, { signal }).catch(() => undefined)
    for (const view of look()) if (changed(view)) yield { event: 'approval', data: view }
  }
}

/** What these routes are. */
export const approvalDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/approvals',
    summary: 'List what sandboxes ask people, newest first',
    query: approvalQuery,
    reply: {
      status: 200,
      description: 'A page of approvals; with `follow=true` events of `approval`.',
      form: 'either',
    },
    problems: ['vault_locked'],
  },
  {
    method: 'GET',
    path: '/v1/approvals/{id}',
    summary: 'Show one approval, with all that would be sent; reading decides nothing',
    reply: { status: 200, description: 'The approval. Text of the sandbox is escaped.' },
    problems: ['approval_not_found', 'vault_locked'],
  },
  {
    method: 'POST',
    path: '/v1/approvals/{id}/callback',
    summary: 'Decide as a webhook; the signature says who calls, and no token is needed',
    // SECURITY: whoever calls has the key of a webhook, and knows what only its notification said.
    access: 'anyone',
    body: approvalCallback,
    reply: { status: 200, description: 'The state of the approval.' },
    problems: ['callback_invalid', 'rate_limited', 'approval_decided', 'vault_locked', 'audit_unavailable'],
  },
  {
    method: 'POST',
    path: '/v1/approvals/{id}/decision',
    summary: 'Approve or deny, once; approving a wish for access attaches the secret',
    body: approvalDecision,
    reply: { status: 200, description: 'The approval as it is now, with the grant where one was attached.' },
    problems: [
      ...([
        'approval_not_found',
        'approval_decided',
        'approval_for_others',
        'sandbox_not_found',
        'sandbox_ended',
        'sandbox_expired',
      ] as const),
      ...(['secret_not_found', 'rotation_due', 'port_unreachable', 'sandbox_held_elsewhere'] as const),
      ...(['secret_unreachable', 'source_unavailable', 'vault_locked', 'audit_unavailable'] as const),
    ],
  },
]
