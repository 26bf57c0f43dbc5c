import { CoatcheckError } from '@coatcheck/contract'
import type { MiddlewareHandler } from 'hono'
import { entityTag, matchesTag } from './entity-tag.ts'
import type { AdminEnv } from './gate.ts'
import { KeyedLock } from './keyed-lock.ts'
import { isBelowResource } from './route-documentation.ts'

/** Routes that can be asked; what they throw is thrown. */
interface Asked {
  request(path: string): Response | Promise<Response>
}

/** `ETag` on the reply that shows one resource, and `If-Match` on whatever changes it or something below it. */
export function preconditions(routesOf: (project: string) => Asked): MiddlewareHandler<AdminEnv> {
  const lock = new KeyedLock()

  const presentTag = async (project: string, path: string): Promise<string | undefined> => {
    try {
      const reply = await routesOf(project).request(path)
      return reply.status === 200 ? entityTag(await reply.json()) : undefined
    } catch (error) {
      if (error instanceof CoatcheckError && error.code.endsWith('_not_found')) return undefined
      throw error
    }
  }

  return async (context, next) => {
    const { method, path } = context.req
    const { project } = context.get('caller')
    const pattern = context.get('documentation')?.path ?? ''
    const resource = isBelowResource(pattern) ? /^\/v1\/[^/]+\/[^/]+/.exec(path)?.[0] : undefined
    if (method === 'GET' || method === 'HEAD') {
      await next()
      if (resource === path && isJson(context.res)) await tagReply(context.res)
      return
    }
    const condition = context.req.header('if-match')
    if (condition === undefined && (method === 'POST' || resource === undefined)) return next()
    // One change of a resource at a time, so that nothing comes between the comparison and the change.
    await lock.run(`${project} ${resource ?? path}`, async () => {
      const present =
        condition === undefined || resource === undefined ? undefined : await presentTag(project, resource)
      if (condition !== undefined && !matchesTag(condition, present)) throw new CoatcheckError('precondition_failed')
      await next()
      const changed =
        resource === path && context.res.ok && method !== 'DELETE' ? await presentTag(project, path) : undefined
      if (changed !== undefined) context.header('etag', changed)
    })
  }
}

function isJson({ status, headers }: Response): boolean {
  return status === 200 && (headers.get('content-type') ?? '').startsWith('application/json')
}

async function tagReply(response: Response): Promise<void> {
  response.headers.set('etag', entityTag(await response.clone().json()))
}
