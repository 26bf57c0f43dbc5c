import { Hono } from 'hono'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { explainRequest } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** What this route is. */
export const explainDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'POST',
    path: '/v1/explain',
    summary:
      'Say what would become of a request or a connection of a sandbox, and why; nothing is sent, revealed or recorded',
    body: explainRequest,
    reply: {
      status: 200,
      description: 'Destination, network rule, grants with their scopes, rules, caps, verdict, and way to the service.',
    },
    problems: ['sandbox_not_found', 'vault_locked'],
  },
]

/** `/v1/explain` */
export function explainRoutes({ explain }: AdminServices): Hono {
  return new Hono().post('/', async (context) => context.json(await explain(await readBody(context, explainRequest))))
}
