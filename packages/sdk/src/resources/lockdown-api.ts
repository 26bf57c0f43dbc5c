import type { LockdownReport, LockdownTarget } from '@coatcheck/contract'
import type { ApiCall } from './api-call.ts'

/** Ends everything of a project, a sandbox, a secret or a label. */
export type LockdownCall = (target: LockdownTarget) => Promise<LockdownReport>

/** `POST /v1/lockdown` of a client. */
export function lockdownApi({ send }: ApiCall): LockdownCall {
  return (body) => send('POST', '/v1/lockdown', { body })
}
