import { Hono } from 'hono'
import { pageByName } from '../page.ts'
import { parseInput } from '../parse-input.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { listQuery } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/sources`: what the operator's configuration has. SECURITY: SEC-06. None of these routes makes or changes one. */
export function sourceRoutes({ project, sources }: Pick<AdminServices, 'project' | 'sources'>): Hono {
  return new Hono().get('/', (context) =>
    context.json(pageByName(sources.list(project), parseInput(listQuery, context.req.query()))),
  )
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
