import type { ProblemCode } from '@coatcheck/contract'
import { CoatcheckError } from '@coatcheck/contract'
import { Hono } from 'hono'
import type { AdminServices } from '../services.ts'

/** `/healthz`: the process answers. `/readyz`: it can also serve. `/v1/status`: how it stands, in every state. */
export function healthRoutes(services: AdminServices): Hono {
  return new Hono()
    .get('/healthz', (context) => context.json({ ok: true }))
    .get('/readyz', (context) => {
      const problem = hindrance(services)
      if (problem !== undefined) throw new CoatcheckError(problem)
      return context.json({ ok: true })
    })
    .get('/v1/status', (context) => context.json(services.status()))
}

function hindrance(services: AdminServices): ProblemCode | undefined {
  const { vault, journal } = services.status()
  if (vault === 'rolled-back') return 'state_rolled_back'
  if (vault === 'locked') return 'vault_locked'
  return journal === 'ok' ? undefined : 'audit_unavailable'
}
