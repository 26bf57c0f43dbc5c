import { type CapOwner, CoatcheckError, type UsageReport } from '@coatcheck/contract'
import { Hono } from 'hono'
import { capsUpdate } from '../cap-schema.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { saveCaps } from '../save-caps.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/caps` and `/v1/usage` */
export function capRoutes(services: AdminServices): Hono {
  const { caps, project } = services
  const set = async (on: CapOwner, name: string, owner: string, input: ReturnType<typeof capsUpdate.parse>) => {
    if (on === 'grant') services.keys.demandStillBounded(project, owner, input.caps)
    await saveCaps(services, { on, name, id: owner }, input.caps)
    return { items: await caps.usageOf(project, owner) } satisfies UsageReport
  }
  return new Hono()
    .get('/usage', async (context) => context.json({ items: await caps.usage(project) } satisfies UsageReport))
    .put('/caps/project', async (context) =>
      context.json(await set('project', project, project, await readBody(context, capsUpdate))),
    )
    .put('/caps/:on/:id', async (context) => {
      const { on, id } = context.req.param()
      const input = await readBody(context, capsUpdate)
      return context.json(await set(ownerKind(on), id, ownerOf(services, on, id), input))
    })
}

/** What these routes are. */
export const capDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/usage',
    summary: 'How every cap stands: used, reserved, limit and reset',
    reply: { status: 200, description: 'All caps of the project, with what was used of them.' },
    problems: ['vault_locked', 'storage_unavailable'],
  },
  {
    method: 'PUT',
    path: '/v1/caps/project',
    summary: 'Set all caps on the project; what was used of them stays counted',
    body: capsUpdate,
    reply: { status: 200, description: 'These caps, with what was used of them.' },
    problems: ['vault_locked', 'audit_unavailable'],
  },
  {
    method: 'PUT',
    path: '/v1/caps/{on}/{id}',
    summary: 'Set all caps on a `secret` by its name, or on a `sandbox` or a `grant` by its id',
    body: capsUpdate,
    reply: { status: 200, description: 'These caps, with what was used of them.' },
    problems: [
      'secret_not_found',
      'sandbox_not_found',
      'grant_not_found',
      'key_unbounded',
      'vault_locked',
      'audit_unavailable',
    ],
  },
]

function ownerKind(on: string): CapOwner {
  if (on === 'secret' || on === 'sandbox' || on === 'grant') return on
  throw new CoatcheckError('not_found')
}

/** The id of what the path names. @throws CoatcheckError `secret_not_found` | `sandbox_not_found` | `grant_not_found` */
function ownerOf({ grants, project, sandboxes, vault }: AdminServices, on: string, id: string): string {
  if (on === 'secret') return vault.get(project, id).id
  if (on === 'sandbox') return sandboxes.get(project, id).id
  return grants.get(project, id).id
}
