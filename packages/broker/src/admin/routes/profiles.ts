import { CoatcheckError } from '@coatcheck/contract'
import { Hono } from 'hono'
import { checkRules } from '../check-rules.ts'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import { recordAction } from '../record-action.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { saveProfile } from '../save-profile.ts'
import { listQuery, profileDefinition } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/**
 * `/v1/profiles`: those that are built in, and those that operators stored beside them.
 * SECURITY: a profile is read when a sandbox is made from it; nothing here changes a sandbox that exists.
 */
export function profileRoutes(services: AdminServices): Hono {
  const { profiles, project } = services
  return new Hono()
    .get('/', (context) => {
      const { limit, cursor } = parseInput(listQuery, context.req.query())
      const list = (count: number) => profiles.list(project, count, cursor ?? null)
      return context.json(
        pageOf(
          list,
          limit,
          ({ name }) => name,
          (profile) => profile,
        ),
      )
    })
    .get('/:name', (context) => context.json(profiles.get(project, context.req.param('name'))))
    .put('/:name', async (context) => {
      const body = await readBody(context, profileDefinition)
      const { name } = body
      if (name !== context.req.param('name'))
        throw new CoatcheckError('request_invalid', { field: 'name', reason: 'not the name in the path' })
      checkRules(...Object.values(body.rules ?? {}))
      const prepared = profiles.prepare(project, name, body)
      await saveProfile(services, prepared)
      return context.json(prepared)
    })
    .delete('/:name', async (context) => {
      const name = context.req.param('name')
      profiles.demandOwn(project, name)
      await recordAction(services, 'profile.deleted', { subject: name })
      profiles.delete(project, name)
      return context.body(null, 204)
    })
}

/** What `profileRoutes` offers. */
export const profileDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/profiles',
    summary: 'List the profiles by name',
    query: listQuery,
    reply: { status: 200, description: 'A page of profiles, built in and of one’s own.' },
  },
  {
    method: 'GET',
    path: '/v1/profiles/{name}',
    summary: 'Show one profile',
    reply: { status: 200, description: 'The profile.' },
    problems: ['profile_not_found'],
  },
  {
    method: 'PUT',
    path: '/v1/profiles/{name}',
    summary:
      'Make a profile of one’s own, in the place of the one of this name; sandboxes that were made from that stay as they are',
    body: profileDefinition,
    reply: { status: 200, description: 'The profile.' },
    problems: [
      ...(['profile_built_in', 'profile_limit', 'scope_invalid', 'rule_invalid', 'secret_not_found'] as const),
      ...(['secret_unreachable', 'vault_locked', 'audit_unavailable'] as const),
    ],
  },
  {
    method: 'DELETE',
    path: '/v1/profiles/{name}',
    summary: 'Forget a profile of one’s own; sandboxes that were made from it stay as they are',
    reply: { status: 204, description: 'Deleted.' },
    problems: ['profile_not_found', 'profile_built_in', 'vault_locked', 'audit_unavailable'],
  },
]
