import { CoatcheckError } from '@coatcheck/contract'
import { Hono } from 'hono'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { recordAction } from '../record-action.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { listQuery, tokenCreate } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/tokens`. The text of a token is in the reply that creates it, and nowhere else. */
export function tokenRoutes(services: AdminServices): Hono {
  const { tokens, project } = services
  return new Hono()
    .post('/', async (context) => {
      const input = await readBody(context, tokenCreate)
      const created = tokens.issue(project, input)
      try {
        await recordAction(services, 'token.created', { subject: created.id, note: `${created.role} ${created.name}` })
      } catch (error) {
        // A token that the journal knows nothing of does not come into being.
        tokens.revoke(project, created.id)
        throw error
      }
      return context.json(created, 201)
    })
    .get('/', (context) => {
      const { limit, cursor } = parseInput(listQuery, context.req.query())
      if (cursor !== undefined && !isListed(services, cursor)) throw goneCursor()
      return context.json(
        pageOf(
          (count) => tokens.list(project, count, cursor ?? null),
          limit,
          ({ id }) => id,
          (token) => token,
        ),
      )
    })
    .get('/:id', (context) => context.json(tokens.get(project, context.req.param('id'))))
    .delete('/:id', async (context) => {
      // Revoking comes first: it must work even when the journal cannot be written.
      const { id, name } = tokens.revoke(project, context.req.param('id'))
      await recordAction(services, 'token.revoked', { subject: id, note: name })
      return context.body(null, 204)
    })
}

function isListed({ tokens, project }: AdminServices, id: string): boolean {
  try {
    return tokens.get(project, id).id === id
  } catch (error) {
    if (error instanceof CoatcheckError && error.code === 'token_not_found') return false
    throw error
  }
}

/** A list that went on from nowhere would look as if it had ended. */
function goneCursor(): CoatcheckError {
  return new CoatcheckError('request_invalid', { reason: 'cursor: its token is gone; start from the first page' })
}

/** What these routes are. */
export const tokenDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'POST',
    path: '/v1/tokens',
    summary: 'Create a token',
    access: 'owner',
    body: tokenCreate,
    reply: { status: 201, description: 'The token, with its text, which is shown this once.' },
    problems: ['vault_locked', 'audit_unavailable'],
  },
  {
    method: 'GET',
    path: '/v1/tokens',
    summary: 'List tokens, newest first',
    access: 'owner',
    query: listQuery,
    reply: { status: 200, description: 'A page of tokens, without their texts.' },
    problems: ['vault_locked'],
  },
  {
    method: 'GET',
    path: '/v1/tokens/{id}',
    summary: 'Show one token',
    access: 'owner',
    reply: { status: 200, description: 'The token, without its text.' },
    problems: ['token_not_found', 'vault_locked'],
  },
  {
    method: 'DELETE',
    path: '/v1/tokens/{id}',
    summary: 'Revoke a token: its next request is refused, and its open streams end',
    access: 'owner',
    reply: { status: 204, description: 'Revoked.' },
    problems: ['token_not_found', 'vault_locked', 'audit_unavailable'],
  },
]
