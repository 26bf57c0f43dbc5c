import { CoatcheckError } from '@coatcheck/contract'
import { Hono } from 'hono'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { recordAction } from '../record-action.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { decoyCreate, listQuery } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/decoys`. The text of a decoy is in the reply that creates it, and nowhere else. */
export function decoyRoutes(services: AdminServices): Hono {
  const { decoys, project } = services
  return new Hono()
    .post('/', async (context) => {
      const created = decoys.create(project, await readBody(context, decoyCreate))
      try {
        await recordAction(services, 'decoy.created', { subject: created.id, note: created.name })
      } catch (error) {
        // A decoy that the journal knows nothing of does not come into being.
        decoys.delete(project, created.id)
        throw error
      }
      return context.json(created, 201)
    })
    .get('/', (context) => {
      const { limit, cursor } = parseInput(listQuery, context.req.query())
      if (cursor !== undefined) demandListed(services, cursor)
      const list = (count: number) => decoys.list(project, count, cursor ?? null)
      return context.json(
        pageOf(
          list,
          limit,
          ({ id }) => id,
          (decoy) => decoy,
        ),
      )
    })
    .get('/:id', (context) => context.json(decoys.get(project, context.req.param('id'))))
    .delete('/:id', async (context) => {
      const { id, name } = decoys.delete(project, context.req.param('id'))
      await recordAction(services, 'decoy.deleted', { subject: id, note: name })
      return context.body(null, 204)
    })
}

/** A list that went on from nowhere would look as if it had ended. */
function demandListed({ decoys, project }: AdminServices, id: string): void {
  try {
    decoys.get(project, id)
  } catch (error) {
    if (!(error instanceof CoatcheckError && error.code === 'decoy_not_found')) throw error
    const reason = 'cursor: its decoy is gone; start from the first page'
    throw new CoatcheckError('request_invalid', { reason }, { cause: error })
  }
}

/** What these routes are. */
export const decoyDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'POST',
    path: '/v1/decoys',
    summary: 'Create a decoy: a placeholder that belongs to nothing, and whose use is an alarm',
    body: decoyCreate,
    reply: { status: 201, description: 'The decoy, with its text, which is shown this once.' },
    problems: ['provider_not_found', 'decoy_limit', 'vault_locked', 'audit_unavailable'],
  },
  {
    method: 'GET',
    path: '/v1/decoys',
    summary: 'List decoys, newest first, and when each was last met',
    query: listQuery,
    reply: { status: 200, description: 'A page of decoys, without their texts.' },
    problems: ['vault_locked'],
  },
  {
    method: 'GET',
    path: '/v1/decoys/{id}',
    summary: 'Show one decoy',
    reply: { status: 200, description: 'The decoy, without its text.' },
    problems: ['decoy_not_found', 'vault_locked'],
  },
  {
    method: 'DELETE',
    path: '/v1/decoys/{id}',
    summary: 'Forget a decoy: its text raises no alarm any more',
    reply: { status: 204, description: 'Deleted.' },
    problems: ['decoy_not_found', 'vault_locked', 'audit_unavailable'],
  },
]
