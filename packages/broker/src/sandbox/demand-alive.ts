import { CoatcheckError } from '@coatcheck/contract'
import type { Sandbox } from './sandbox.ts'
import { isVirtualKey } from './virtual-key.ts'

/** The sandbox, unless it is over. @throws CoatcheckError `sandbox_ended` | `sandbox_expired` */
export function demandAlive(sandbox: Sandbox, now: Date): Sandbox {
  if (sandbox.endedAt !== null) throw new CoatcheckError('sandbox_ended')
  if (now >= new Date(sandbox.expiresAt)) throw new CoatcheckError('sandbox_expired')
  return sandbox
}

/** A sandbox of this project. @throws CoatcheckError `sandbox_not_found` */
export function demandFound(sandbox: Sandbox | undefined, project: string): Sandbox {
  // SECURITY: one answer for "another project's" and "no such id". What changes sandboxes changes no virtual key.
  if (sandbox === undefined || sandbox.project !== project || isVirtualKey(sandbox))
    throw new CoatcheckError('sandbox_not_found')
  return sandbox
}
