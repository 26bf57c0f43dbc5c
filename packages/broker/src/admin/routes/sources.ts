import { Hono } from 'hono'
import { pageOf } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { listQuery } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/sources`: what the operator's configuration has. SECURITY: SEC-06. None of these routes makes or changes one. */
export function sourceRoutes({ sources }: Pick<AdminServices, 'sources'>): Hono {
  return new Hono().get('/', (context) => {
    const { limit, cursor } = parseInput(listQuery, context.req.query())
    const sorted = sources.list().toSorted((one, other) => (one.name < other.name ? -1 : 1))
    const list = (count: number) => sorted.filter(({ name }) => cursor === undefined || name > cursor).slice(0, count)
    return context.json(
      pageOf(
        list,
        limit,
        ({ name }) => name,
        (source) => source,
      ),
    )
  })
}

/** What `sourceRoutes` offers. */
export const sourceDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/sources',
    summary: 'List the sources of the configuration',
    query: listQuery,
    reply: { status: 200, description: 'A page of sources, with what each said last; never a value.' },
  },
]
