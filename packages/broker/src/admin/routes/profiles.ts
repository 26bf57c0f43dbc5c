import { Hono } from 'hono'
import { findProfile, profiles } from '../../policy/profile.ts'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { listQuery } from '../schemas.ts'

/** `/v1/profiles`: the built-in ones, in the order of names. */
export function profileRoutes(): Hono {
  const sorted = profiles.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  return new Hono()
    .get('/', (context) => {
      const { limit, cursor } = parseInput(listQuery, context.req.query())
      const list = (count: number) => sorted.filter(({ name }) => cursor === undefined || name > cursor).slice(0, count)
      return context.json(
        pageOf(
          list,
          limit,
          ({ name }) => name,
          (profile) => profile,
        ),
      )
    })
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
