import { Hono } from 'hono'
import { findProfile, profiles } from '../../policy/profile.ts'
import { pageByName } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { listQuery } from '../schemas.ts'

/** `/v1/profiles`: the built-in ones, in the order of names. */
export function profileRoutes(): Hono {
  return new Hono()
    .get('/', (context) => context.json(pageByName(profiles, parseInput(listQuery, context.req.query()))))
    .get('/:name', (context) => context.json(findProfile(context.req.param('name'))))
}

/** What `profileRoutes` offers. */
export const profileDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/profiles',
    summary: 'List the profiles',
    query: listQuery,
    reply: { status: 200, description: 'A page of profiles, with their network rules.' },
  },
  {
    method: 'GET',
    path: '/v1/profiles/{name}',
    summary: 'Show one profile',
    reply: { status: 200, description: 'The profile.' },
    problems: ['profile_not_found'],
  },
]
