import { Hono } from 'hono'
import type { RouteDocumentation } from '../route-documentation.ts'
import type { AdminServices } from '../services.ts'

/** What this route is. */
export const checkupDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/v1/checkup',
    summary:
      'Decrypt every secret without showing it, ask its source, and look at clock, upstream proxy and what dead brokers left',
    access: 'operator',
    reply: { status: 200, description: 'What was found.' },
    problems: ['vault_locked', 'row_tampered'],
  },
]

/** `/v1/checkup` */
export function checkupRoutes({ checkUp, sources }: AdminServices): Hono {
  return new Hono().get('/', async (context) => {
    await sources.askAll()
    return context.json(checkUp())
  })
}
