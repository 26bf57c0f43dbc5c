import { CoatcheckError, installationProject } from '@coatcheck/contract'
import type { MiddlewareHandler } from 'hono'
import { roleCovers } from '../access/role.ts'
import { demandRoleOf } from './demand-role.ts'
import { type Access, type AdminEnv, type Caller, type Gate, neededRole } from './gate.ts'
import { guardStream, isStreamed } from './guard-stream.ts'
import { OpenStreams } from './open-streams.ts'
import type { RouteFinder } from './route-finder.ts'

/** Asks who is there, then whether there is such a route, then whether the caller may use it. */
export function admission(finder: RouteFinder, gate: Gate): MiddlewareHandler<AdminEnv> {
  const streams = new OpenStreams()
  return async (context, next) => {
    const { method, path } = context.req
    const route = finder.find(method, path)
    // SECURITY. Without a token nobody learns which routes there are.
    const caller = await gate(context, route?.access ?? 'auditor')
    if (route === undefined) throw absent(finder.methodsOf(path))
    const isStream = route.documentation?.reply.form === 'events'
    if (method === 'HEAD' && isStream) throw absent(finder.methodsOf(path))
    demandRoleOf(caller, neededRole(route.access))
    // SECURITY: R-89. What nobody documented could concern every project.
    const isShared = route.documentation === undefined || route.documentation.ofInstallation === true
    if (isShared && caller.project !== installationProject) throw new CoatcheckError('installation_only')
    context.set('caller', caller)
    context.set('documentation', route.documentation)
    await next()
    if (method === 'HEAD') await context.res.body?.cancel()
    else if (isStreamed(context.res)) context.res = await guarded(context.res, caller, route.access)
  }

  /** SECURITY: R-82. What a token may only read must not let it keep the broker from everybody else. */
  async function guarded(response: Response, caller: Caller, access: Access): Promise<Response> {
    try {
      return guardStream(response, () => mayStay(caller, access), streams.take(caller))
    } catch (error) {
      await response.body?.cancel()
      throw error
    }
  }
}

function absent(methods: readonly string[]): CoatcheckError {
  return methods.length === 0
    ? new CoatcheckError('not_found')
    : new CoatcheckError('method_not_allowed', { allow: methods.join(', ') })
}

function mayStay(caller: Caller, access: Access): boolean {
  const role = caller.role()
  return role !== undefined && roleCovers(role, neededRole(access))
}
