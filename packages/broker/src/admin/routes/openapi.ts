import { Hono } from 'hono'
import { version } from '../../version.ts'
import type { RouteDocumentation } from '../route-documentation.ts'

/** `/openapi.json`: this API, for programs that make clients. Built at the first request. */
export function openapiRoutes(): Hono {
  let document: unknown
  return new Hono().get('/openapi.json', async (context) => {
    if (document === undefined) {
      const [{ documentation }, { openapiDocument }] = await Promise.all([
        import('../documentation.ts'),
        import('../openapi-document.ts'),
      ])
      document = openapiDocument(documentation, version)
    }
    return context.json(document)
  })
}

/** What this route is. */
export const openapiDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/openapi.json',
    summary: 'This document',
    reply: { status: 200, description: 'OpenAPI 3.1.' },
  },
]
