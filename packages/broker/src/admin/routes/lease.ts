import { CoatcheckError } from '@coatcheck/contract'
import { Hono } from 'hono'
import { followActivity } from '../activity-follower.ts'
import { eventStream, type ServerEvent } from '../event-stream.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import type { AdminServices } from '../services.ts'

/** What this route is. It ends the sandbox when it ends, so it is not for auditors. */
export const leaseDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/sandboxes/{id}/lease',
    summary: 'Hold a sandbox: it ends when the client goes away; tells what is refused meanwhile',
    access: 'issuer',
    reply: { status: 200, description: 'Events `open`, `refused` and `ended`.', form: 'events' },
    problems: ['sandbox_not_found'],
  },
]

/**
 * `GET /v1/sandboxes/{id}/lease`: a stream that holds the sandbox. It ends the sandbox when the client goes away, and ends
 * when the sandbox does. On the way it tells what was refused.
 */
export function leaseRoutes(services: AdminServices): Hono {
  return new Hono().get('/:id/lease', (context) => {
    const { id } = services.sandboxes.get(services.project, context.req.param('id'))
    services.sandboxes.leaseTaken(id)
    const fault = (error: unknown): void => services.reportFault('lease', error)
    return eventStream(
      {
        events: (signal) => leaseEvents(services, id, signal),
        // SECURITY: a sandbox whose holder is gone has nobody who would notice what it does.
        closed: () => void endSandbox(services, id).catch(fault),
        failed: fault,
      },
      context.req.raw.signal,
    )
  })
}

async function* leaseEvents(services: AdminServices, id: string, signal: AbortSignal): AsyncGenerator<ServerEvent> {
  const over = new AbortController()
  const stop = (): void => over.abort()
  signal.addEventListener('abort', stop, { once: true })
  void services.sandboxes.ended(id).then(stop, stop)
  const { createdAt } = services.sandboxes.get(services.project, id)
  yield { event: 'open', data: { id } }
  const filter = { project: services.project, sandbox: id, decision: 'refused', since: createdAt } as const
  for await (const row of followActivity(services.auditIndex, filter, over.signal))
    yield { event: 'refused', data: row }
  yield { event: 'ended', data: { id } }
}

async function endSandbox(services: AdminServices, id: string): Promise<void> {
  try {
    await services.sandboxes.end(services.project, id, 'the lease ended')
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === 'sandbox_not_found')) throw error
  }
}
