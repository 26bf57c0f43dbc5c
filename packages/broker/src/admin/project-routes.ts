import { type Context, Hono } from 'hono'
import type { AdminEnv } from './gate.ts'
import type { AdminServices } from './services.ts'

/** What the outer application hands to the routes of a project. */
interface CarriedEnv extends AdminEnv {
  readonly Bindings: { readonly carried?: AdminEnv['Variables'] }
}

/** Projects whose routes are kept ready. */
const maxKept = 256

/** The routes of each project, made when it is first asked for. SECURITY: R-89. Those of one know of no other. */
export class ProjectRoutes {
  readonly #services: AdminServices
  readonly #make: (services: AdminServices) => Hono<AdminEnv>
  readonly #kept = new Map<string, Hono<CarriedEnv>>()

  constructor(services: AdminServices, make: (services: AdminServices) => Hono<AdminEnv>) {
    this.#services = services
    this.#make = make
  }

  /** Answers a request that was let in, in the project of its caller. What a route throws is thrown. */
  answer(context: Context<AdminEnv>): Response | Promise<Response> {
    const carried = { caller: context.get('caller'), documentation: context.get('documentation') }
    return this.routes(carried.caller.project).fetch(asked(context.req.raw), { ...(context.env as object), carried })
  }

  /** The routes of a project; what they throw is thrown. */
  routes(project: string): Hono<CarriedEnv> {
    const known = this.#kept.get(project)
    if (known !== undefined) return known
    const services = this.#services
    const routes = new Hono<CarriedEnv>()
      .use(async (context, next) => {
        const { carried } = (context.env ?? {}) as CarriedEnv['Bindings']
        if (carried !== undefined) {
          context.set('caller', carried.caller)
          context.set('documentation', carried.documentation)
        }
        await next()
      })
      .route('/', this.#make(project === services.project ? services : services.of(project)))
      .onError((error) => {
        throw error
      })
    if (this.#kept.size >= maxKept) this.#kept.clear()
    this.#kept.set(project, routes)
    return routes
  }
}

/** What a HEAD asks for is what a GET would give; whoever has let it in leaves the body out, once it knows the tag. */
function asked(request: Request): Request {
  const { headers, method, signal, url } = request
  return method === 'HEAD' ? new Request(url, { headers, signal }) : request
}
