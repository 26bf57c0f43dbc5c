import { CoatcheckError, type CreatedKey } from '@coatcheck/contract'
import { Hono } from 'hono'
import { checkRules } from '../check-rules.ts'
import { demandReady } from '../demand-ready.ts'
import { isForeign, keyCreate, keyWish } from '../key-schema.ts'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { listQuery } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/keys`. The key itself is in the reply that creates it, and nowhere else. */
export function keyRoutes(services: AdminServices): Hono {
  const { keys, project } = services
  return new Hono()
    .post('/', async (context) => {
      const input = await readBody(context, keyCreate)
      const wish = keyWish(input)
      checkRules(wish.rules)
      if (wish.secret !== undefined) await demandReady(services, [wish.secret])
      const created = await keys.create(project, wish)
      return context.json(isForeign(input) ? foreignReply(created, input.allowed_endpoints) : created, 201)
    })
    .get('/', (context) => {
      const { limit, cursor } = parseInput(listQuery, context.req.query())
      if (cursor !== undefined && !isListed(services, cursor)) {
        throw new CoatcheckError('request_invalid', { reason: 'cursor: its key is gone; start from the first page' })
      }
      return context.json(
        pageOf(
          (count) => keys.list(project, count, cursor ?? null),
          limit,
          ({ id }) => id,
          (key) => key,
        ),
      )
    })
    .get('/:id', (context) => context.json(keys.get(project, context.req.param('id'))))
    .delete('/:id', async (context) => {
      await keys.revoke(project, context.req.param('id'), 'revoked')
      return context.body(null, 204)
    })
}

/** What clients of another product read: the key is called a token there. */
function foreignReply(created: CreatedKey, endpoints: readonly string[]): Readonly<Record<string, unknown>> {
  const { id, key, label, provider, caps, createdAt, expiresAt, status, baseUrl } = created
  return {
    id,
    token: key,
    label,
    vendor: provider,
    daily_usd_cap: caps[0]?.limit ?? null,
    allowed_endpoints: endpoints,
    status,
    created_at: createdAt,
    expires_at: expiresAt,
    base_url: baseUrl ?? null,
  }
}

function isListed({ keys, project }: AdminServices, id: string): boolean {
  try {
    return keys.get(project, id).id === id
  } catch (error) {
    if (error instanceof CoatcheckError && error.code === 'key_not_found') return false
    throw error
  }
}

/** What these routes are. */
export const keyDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'POST',
    path: '/v1/keys',
    summary: 'Issue a virtual key for one secret, with rules, caps and an end',
    body: keyCreate,
    reply: {
      status: 201,
      description:
        'The key itself, which is shown this once, and where it is of use. In the form of the fields that were sent: `key`, or `token`.',
    },
    problems: [
      ...(['secret_not_found', 'secret_ambiguous', 'key_unbounded', 'key_unsuitable', 'rule_invalid'] as const),
      ...(['source_forbidden', 'source_unavailable', 'rotation_due', 'vault_locked', 'audit_unavailable'] as const),
    ],
  },
  {
    method: 'GET',
    path: '/v1/keys',
    summary: 'List virtual keys, newest first',
    query: listQuery,
    reply: { status: 200, description: 'A page of keys, without their texts.' },
    problems: ['vault_locked'],
  },
  {
    method: 'GET',
    path: '/v1/keys/{id}',
    summary: 'Show one virtual key',
    reply: { status: 200, description: 'The key, without its text.' },
    problems: ['key_not_found', 'vault_locked'],
  },
  {
    method: 'DELETE',
    path: '/v1/keys/{id}',
    summary:
      'Revoke a virtual key, also by that key itself: its next request is refused, and what is open with it ends',
    reply: { status: 204, description: 'Revoked, or over before.' },
    problems: ['key_not_found', 'vault_locked', 'audit_unavailable'],
  },
]
