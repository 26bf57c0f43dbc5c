import type { Hono } from 'hono'
import { type Access, type AdminEnv, strictest } from './gate.ts'
import { accessOf, type RouteDocumentation } from './route-documentation.ts'

/** What the routes say about a request before any of them runs. */
export interface FoundRoute {
  readonly access: Access
  /** Undefined where a route is not documented. */
  readonly documentation: RouteDocumentation | undefined
}

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

/** Finds routes by asking the router that will also choose the handler, so that the two cannot disagree. */
export class RouteFinder {
  readonly #routes: Hono<AdminEnv>
  readonly #documentation: ReadonlyMap<string, RouteDocumentation>

  constructor(routes: Hono<AdminEnv>, documentation: readonly RouteDocumentation[]) {
    this.#routes = routes
    this.#documentation = new Map(documentation.map((entry) => [`${entry.method} ${entry.path}`, entry]))
  }

  /** Undefined when no route answers. */
  find(method: string, path: string): FoundRoute | undefined {
    const asked = method === 'HEAD' ? 'GET' : method
    const found = this.#patterns(asked, path).map((pattern) => this.#documentation.get(`${asked} ${pattern}`))
    if (found.length === 0) return undefined
    // SECURITY: what is not documented is for administrators alone; where several routes match, the strictest counts.
    const access = strictest(found.map((entry) => (entry === undefined ? 'owner' : accessOf(entry))))
    return { access, documentation: found[0] }
  }

  /** Methods that a path has. */
  methodsOf(path: string): readonly string[] {
    return methods.filter((method) => this.#patterns(method, path).length > 0)
  }

  #patterns(method: string, path: string): readonly string[] {
    const [handlers] = this.#routes.router.match(method, path)
    return handlers.map(([[, { path: pattern }]]) => pattern.replaceAll(/:(\w+)/g, '{$1}'))
  }
}
