import { Hono } from 'hono'
import { demandRole } from '../demand-role.ts'
import { readBody } from '../request-body.ts'
import type { RouteDocumentation } from '../route-documentation.ts'
import { lockdownTarget } from '../schemas.ts'
import type { AdminServices } from '../services.ts'

/** What this route is. */
export const lockdownDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'POST',
    path: '/v1/lockdown',
    summary: 'End every sandbox, those with a label, one, or every grant of a secret, at once',
    body: lockdownTarget,
    reply: { status: 200, description: 'How many sandboxes and grants were alive and have ended.' },
    problems: ['sandbox_not_found', 'secret_not_found', 'vault_locked', 'audit_unavailable'],
  },
]

/** `/v1/lockdown` */
export function lockdownRoutes({ lockdown, project }: AdminServices): Hono {
  return new Hono().post('/', async (context) => {
    const target = await readBody(context, lockdownTarget)
    // SECURITY: ending everything of a project is for those who could create it all again.
    if (target.all) demandRole(context, 'owner')
    return context.json(await lockdown.execute(project, target))
  })
}
