import type { TokenRole } from '@coatcheck/contract'
import type { Context } from 'hono'
import type { RouteDocumentation } from './route-documentation.ts'

/** Whom a route is for. `anyone`: also without a token. `local`: without a token on loopback, from viewers up elsewhere. */
export type Access = TokenRole | 'local' | 'anyone'

/** Who sent a request, as far as the door could tell. */
export interface Caller {
  /** `owner`, `anyone`, or the id of a token; audit events name it. */
  readonly actor: string
  /** The role that the caller has now; undefined once it has none any more. Asked again while a stream is open. */
  role(): TokenRole | undefined
  /** Streams that the caller may have open at one time; any number when absent. */
  readonly maxStreams?: number
}

/** Lets a request in, or throws. @throws CoatcheckError `token_invalid` | `rate_limited` */
export type Gate = (context: Context, access: Access) => Promise<Caller>

const owner: Caller = { actor: 'owner', role: () => 'admin' }

/** The gate of the Unix socket: whoever can open it owns the home. */
export const ownerGate: Gate = () => Promise.resolve(owner)

/** What the gate leaves with each request. */
export interface AdminEnv {
  readonly Variables: { readonly caller: Caller; readonly documentation: RouteDocumentation | undefined }
}

const order: readonly Access[] = ['anyone', 'local', 'viewer', 'operator', 'admin']

/** The one of several that lets the fewest in. */
export function strictest(accesses: readonly Access[]): Access {
  return accesses.reduce((one, other) => (order.indexOf(other) > order.indexOf(one) ? other : one), 'anyone')
}

/** The role below which a caller is not let in. */
export function neededRole(access: Access): TokenRole {
  return access === 'anyone' || access === 'local' ? 'viewer' : access
}
