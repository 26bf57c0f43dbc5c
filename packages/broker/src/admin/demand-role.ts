import { CoatcheckError, type TokenRole } from '@coatcheck/contract'
import type { Context } from 'hono'
import { roleCovers } from '../access/role.ts'
import type { AdminEnv, Caller } from './gate.ts'

/**
 * Refuses a caller of a lesser role; for what a route allows or not depending on the body.
 * @throws CoatcheckError `role_insufficient` | `token_invalid`
 */
export function demandRole(context: Context, needed: TokenRole): void {
  demandRoleOf((context as Context<AdminEnv>).get('caller'), needed)
}

/** The same for a caller. @throws CoatcheckError `role_insufficient`, `token_invalid` once the caller has no role any more */
export function demandRoleOf(caller: Caller, needed: TokenRole): void {
  const role = caller.role()
  if (role === undefined) throw new CoatcheckError('token_invalid')
  if (!roleCovers(role, needed)) throw new CoatcheckError('role_insufficient', { role, needed })
}
