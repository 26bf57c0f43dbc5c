import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { Hono } from 'hono'
import { newIdentifier } from '../foundation/identifier.ts'
import { problemResponse } from './problem-response.ts'
import { activityRoutes } from './routes/activity.ts'
import { healthRoutes } from './routes/health.ts'
import { journalRoutes } from './routes/journal.ts'
import { leaseRoutes } from './routes/lease.ts'
import { providerRoutes } from './routes/providers.ts'
import { sandboxRoutes } from './routes/sandboxes.ts'
import { secretRoutes } from './routes/secrets.ts'
import { vaultRoutes } from './routes/vault.ts'
import type { AdminServices } from './services.ts'

/** Problems that only somebody with their hands in the database causes. */
const tampering: ReadonlySet<ProblemCode> = new Set(['row_tampered', 'state_rolled_back'])

/** The management API, for whoever can open its socket. Never reachable from a sandbox. */
export function createAdminApp(services: AdminServices): Hono {
  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    context.header('cache-control', 'no-store')
    context.header('x-content-type-options', 'nosniff')
  })
  app.use((context, next) => {
    // SECURITY: no page in a browser has business here; only browsers send this field.
    if (context.req.header('origin') !== undefined) throw new CoatcheckError('origin_forbidden')
    return next()
  })
  app.route('/', healthRoutes(services))
  app.route('/v1/secrets', secretRoutes(services))
  app.route('/v1/sandboxes', leaseRoutes(services))
  app.route('/v1/sandboxes', sandboxRoutes(services))
  app.route('/v1/audit', journalRoutes(services))
  app.route('/v1', activityRoutes(services))
  app.route('/v1/vault', vaultRoutes(services))
  app.route('/v1/providers', providerRoutes())
  app.notFound(() => problemResponse(new CoatcheckError('not_found'), services.reportFault))
  app.onError(async (error) => {
    await reportTampering(services, error)
    return problemResponse(error, services.reportFault)
  })
  return app
}

/** SECURITY: SEC-01. Whoever changed the database must find that it was noticed, whichever door met it first. */
async function reportTampering(services: AdminServices, error: unknown): Promise<void> {
  if (!(error instanceof CoatcheckError) || !tampering.has(error.code)) return
  const event = { id: newIdentifier('evt'), kind: 'row.tampered', project: services.project, code: error.code } as const
  // What cannot be recorded is refused all the same.
  await services.auditLog.append({ ...event, note: error.message }).catch(() => undefined)
}
