import { Hono } from 'hono'
import type { RouteDocumentation } from '../route-documentation.ts'
import type { AdminServices } from '../services.ts'

/** `/metrics`: numbers for Prometheus. */
export function metricsRoutes({ metrics }: AdminServices): Hono {
  return new Hono().get('/metrics', async (context) =>
    context.body(await metrics(), 200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }),
  )
}

/** What this route is. */
export const metricsDocumentation: readonly RouteDocumentation[] = [
  {
    method: 'GET',
    path: '/metrics',
    summary: 'Numbers for Prometheus; without hosts, names or paths',
    access: 'local',
    ofInstallation: true,
    reply: { status: 200, description: 'The text format of Prometheus, version 0.0.4.', form: 'text' },
  },
]
