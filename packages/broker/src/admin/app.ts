import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { Hono } from 'hono'
import { actAs } from '../audit/acting.ts'
import { systemClock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import { admission } from './admission.ts'
import { documentation } from './documentation.ts'
import { type AdminEnv, type Gate, ownerGate } from './gate.ts'
import { idempotency } from './idempotency.ts'
import { ownSandboxes } from './own-sandboxes.ts'
import { preconditions } from './preconditions.ts'
import { problemResponse } from './problem-response.ts'
import { ProjectRoutes } from './project-routes.ts'
import { ReplyMemory } from './reply-memory.ts'
import { requestChecks } from './request-checks.ts'
import { RouteFinder } from './route-finder.ts'
import { activityRoutes } from './routes/activity.ts'
import { approvalRoutes } from './routes/approvals.ts'
import { backupRoutes } from './routes/backup.ts'
import { capRoutes } from './routes/caps.ts'
import { checkupRoutes } from './routes/checkup.ts'
import { configRoutes } from './routes/config.ts'
import { decoyRoutes } from './routes/decoys.ts'
import { explainRoutes } from './routes/explain.ts'
import { grantRoutes } from './routes/grants.ts'
import { healthRoutes } from './routes/health.ts'
import { journalRoutes } from './routes/journal.ts'
import { keyRoutes } from './routes/keys.ts'
import { leaseRoutes } from './routes/lease.ts'
import { lockdownRoutes } from './routes/lockdown.ts'
import { metricsRoutes } from './routes/metrics.ts'
import { openapiRoutes } from './routes/openapi.ts'
import { profileRoutes } from './routes/profiles.ts'
import { memberRoutes, projectRoutes } from './routes/projects.ts'
import { providerRoutes } from './routes/providers.ts'
import { reachRoutes } from './routes/reach.ts'
import { ruleRoutes } from './routes/rules.ts'
import { sandboxRoutes } from './routes/sandboxes.ts'
import { secretRoutes } from './routes/secrets.ts'
import { sourceRoutes } from './routes/sources.ts'
import { tokenRoutes } from './routes/tokens.ts'
import { vaultRoutes } from './routes/vault.ts'
import type { AdminServices } from './services.ts'

/** Problems that only somebody with their hands in the database causes. */
const tampering: ReadonlySet<ProblemCode> = new Set(['row_tampered', 'state_rolled_back', 'storage_damaged'])

/** What depends on the door in front of the API. */
export interface AdminDoor {
  /** The Unix socket's when absent. */
  readonly gate?: Gate
  /** Shared by the doors of one broker; one of its own when absent. */
  readonly replies?: ReplyMemory
}

/** The management API behind one door. Never reachable from a sandbox. */
export function createAdminApp(services: AdminServices, door: AdminDoor = {}): Hono<AdminEnv> {
  const { projects } = services
  const { gate = ownerGate(projects), replies = new ReplyMemory(systemClock) } = door
  const routes = adminRoutes(services)
  const ofProject = new ProjectRoutes(services, (each) => (each === services ? routes : adminRoutes(each)))
  const app = new Hono<AdminEnv>()
  app.use(async (context, next) => {
    await next()
    context.header('cache-control', 'no-store')
    context.header('content-security-policy', "default-src 'none'")
    context.header('x-content-type-options', 'nosniff')
  })
  app.use((context, next) => {
    // SECURITY: no page in a browser has business here; only browsers send this field.
    if (context.req.header('origin') !== undefined) throw new CoatcheckError('origin_forbidden')
    return next()
  })
  app.use(admission(new RouteFinder(routes, documentation), gate))
  app.use((context, next) => actAs(context.get('caller').actor, next))
  app.use(requestChecks())
  app.use(idempotency(replies))
  app.use(ownSandboxes(services))
  app.use(preconditions((project) => ofProject.routes(project)))
  app.use(async ({ req }, next) => {
    await next()
    // SECURITY: SEC-01, N2. What was changed is acknowledged when it holds everywhere; what failed may have changed something.
    if (req.method !== 'GET' && req.method !== 'HEAD') await services.settled?.()
  })
  app.all('*', (context) => ofProject.answer(context))
  app.notFound(() => problemResponse(new CoatcheckError('not_found'), services.reportFault))
  app.onError(async (error) => {
    await reportTampering(services, error)
    return problemResponse(error, services.reportFault)
  })
  return app
}

/** Every route; each has its entry in the documentation. */
export function adminRoutes(services: AdminServices): Hono<AdminEnv> {
  const app = new Hono<AdminEnv>()
  app.route('/', healthRoutes(services))
  app.route('/', metricsRoutes(services))
  app.route('/', openapiRoutes())
  app.route('/v1/secrets', secretRoutes(services))
  app.route('/v1/sources', sourceRoutes(services))
  app.route('/v1/sandboxes', leaseRoutes(services))
  app.route('/v1/sandboxes', sandboxRoutes(services))
  app.route('/v1', grantRoutes(services))
  app.route('/v1/keys', keyRoutes(services))
  app.route('/v1', capRoutes(services))
  app.route('/v1/checkup', checkupRoutes(services))
  app.route('/v1/explain', explainRoutes(services))
  app.route('/v1/reach', reachRoutes(services))
  app.route('/v1/lockdown', lockdownRoutes(services))
  app.route('/v1/tokens', tokenRoutes(services))
  app.route('/v1/audit', journalRoutes(services))
  app.route('/v1', activityRoutes(services))
  app.route('/v1/vault', vaultRoutes(services))
  app.route('/v1/backup', backupRoutes(services))
  app.route('/v1/providers', providerRoutes(services))
  app.route('/v1/profiles', profileRoutes(services))
  app.route('/v1/projects', projectRoutes(services))
  app.route('/v1/members', memberRoutes(services))
  app.route('/v1/decoys', decoyRoutes(services))
  app.route('/v1/rules', ruleRoutes(services))
  app.route('/v1/config', configRoutes(services))
  app.route('/v1/approvals', approvalRoutes(services))
  return app
}

/** SECURITY: SEC-01. Whoever changed the database must find that it was noticed, whichever door met it first. */
async function reportTampering(services: AdminServices, error: unknown): Promise<void> {
  if (!(error instanceof CoatcheckError) || !tampering.has(error.code)) return
  const event = { id: newIdentifier('evt'), kind: 'row.tampered', project: services.project, code: error.code } as const
  // What cannot be recorded is refused all the same.
  await services.auditLog.append({ ...event, note: error.message }).catch(() => undefined)
}
