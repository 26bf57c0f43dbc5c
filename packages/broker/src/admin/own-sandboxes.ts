import { CoatcheckError } from '@coatcheck/contract'
import type { MiddlewareHandler } from 'hono'
import type { AdminEnv } from './gate.ts'
import type { AdminServices } from './services.ts'

const ofSandbox = /^\/v1\/sandboxes\/([^/]+)/

/** SECURITY: R-89. To an issuer the sandboxes of others do not exist: what they hold says which secrets there are. */
export function ownSandboxes({ sandboxes }: Pick<AdminServices, 'sandboxes'>): MiddlewareHandler<AdminEnv> {
  return async (context, next) => {
    const { actor, project, role } = context.get('caller')
    const id = ofSandbox.exec(context.req.path)?.[1]
    if (id !== undefined && role() === 'issuer' && sandboxes.get(project, id).createdBy !== actor)
      throw new CoatcheckError('sandbox_not_found')
    await next()
  }
}
