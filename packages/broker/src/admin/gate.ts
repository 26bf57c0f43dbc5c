import { CoatcheckError, installationProject, type TokenRole } from '@coatcheck/contract'
import type { Context } from 'hono'
import type { RouteDocumentation } from './route-documentation.ts'

/** Whom a route is for. `anyone`: also without a token. `local`: without a token on loopback, from auditors up elsewhere. */
export type Access = TokenRole | 'local' | 'anyone'

/** Who sent a request, as far as the door could tell. */
export interface Caller {
  /** `owner`, `anyone`, or the id of a token; audit events name it. */
  readonly actor: string
  /** The project that the request acts in. */
  readonly project: string
  /** The role that the caller has now; undefined once it has none any more. Asked again while a stream is open. */
  role(): TokenRole | undefined
  /** Streams that the caller may have open at one time; any number when absent. */
  readonly maxStreams?: number
}

/** Lets a request in, or throws. @throws CoatcheckError `token_invalid` | `rate_limited` */
export type Gate = (context: Context, access: Access) => Promise<Caller>

/** Names the project that a request of the home's owner acts in; a token has its own. */
const projectField = 'coatcheck-project'

/** The gate of the Unix socket: whoever can open it owns the home, and every project in it. */
export function ownerGate(projects: { has(name: string): boolean }): Gate {
  return async (context) => {
    const project = context.req.header(projectField) ?? installationProject
    if (!projects.has(project)) throw new CoatcheckError('project_not_found')
    return { actor: 'owner', project, role: () => 'owner' }
  }
}

/** SECURITY: R-89. A token acts in its own project; naming another one is answered like one that does not exist. */
export function demandOwnProject(context: Context, project: string): void {
  const named = context.req.header(projectField)
  if (named !== undefined && named !== project) throw new CoatcheckError('project_not_found')
}

/** What the gate leaves with each request. */
export interface AdminEnv {
  readonly Variables: { readonly caller: Caller; readonly documentation: RouteDocumentation | undefined }
}

const order: readonly Access[] = ['anyone', 'local', 'auditor', 'issuer', 'operator', 'owner']

/** The one of several that lets the fewest in. */
export function strictest(accesses: readonly Access[]): Access {
  // An issuer is no reader and a reader no issuer: who is both is an operator.
  const both = accesses.includes('auditor') && accesses.includes('issuer')
  return (both ? [...accesses, 'operator' as const] : accesses).reduce(
    (one, other) => (order.indexOf(other) > order.indexOf(one) ? other : one),
    'anyone',
  )
}

/** The role below which a caller is not let in. */
export function neededRole(access: Access): TokenRole {
  return access === 'anyone' || access === 'local' ? 'auditor' : access
}
