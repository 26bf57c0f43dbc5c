import type { Grant } from '../../sandbox/grant.ts'
import { type Refusal, refuse, refuseAndReport } from '../refusal.ts'
import type { Routes } from '../routes.ts'

/**
 * The refusal of a placeholder that is no living one of the sandbox. SECURITY: that of another sandbox is a leak which
 * somebody tries out, and an alarm. One of the sandbox's own that has ended is what a program inside still
 * remembers: worth nothing, and nothing to raise an alarm for.
 */
export function refuseStray({ id, sandboxId }: Grant, { sandbox }: Routes): Refusal {
  return sandboxId === sandbox.id
    ? refuse('grant_ended', { grant: id })
    : refuseAndReport('placeholder_foreign', { grant: id })
}
