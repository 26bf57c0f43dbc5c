import { Hono } from 'hono'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { reachRequest, receiptRequest } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** `/v1/reach` */
export function reachRoutes({ reach }: AdminServices): Hono {
  return new Hono()
    .post('/', async (context) => context.json(reach.of(await readBody(context, reachRequest))))
    .post('/receipt', async (context) =>
      context.json(await reach.receipt(await readBody(context, receiptRequest)), 201),
    )
}

/** What these routes are. */
export const reachDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'POST',
    path: '/v1/reach',
    summary:
      'Say what a sandbox, whoever has a virtual key, or a sandbox that a profile makes, could do at worst; nothing is sent, revealed or recorded',
    body: reachRequest,
    reply: {
      status: 200,
      description: 'Destinations of each grant with the calls that may be let through, tunnels, summary.',
    },
    problems: ['sandbox_not_found', 'key_not_found', 'profile_not_found', 'secret_not_found', 'vault_locked'],
  },
  {
    method: 'POST',
    path: '/v1/reach/receipt',
    summary: 'Sign whether what a sandbox did, or was done with a virtual key, lies within what could be done',
    body: receiptRequest,
    reply: { status: 201, description: 'The reach, a statement about the journal, and its signature.' },
    problems: ['sandbox_not_found', 'key_not_found', 'vault_locked', 'audit_unavailable', 'checkpoint_key_unusable'],
  },
]
