import { isDecoy, type Placed } from '../../sandbox/decoy.ts'
import { type Refusal, refuse, refuseAndReport } from '../refusal.ts'
import type { Routes } from '../routes.ts'

/**
 * The refusal of a placeholder that is no living one of the sandbox. SECURITY: that of another sandbox is a leak which
 * somebody tries out, and an alarm. One of the sandbox's own that has ended is what a program inside still
 * remembers: worth nothing, and nothing to raise an alarm for.
 */
export function refuseStray(placed: Placed, { sandbox }: Routes): Refusal {
  if (isDecoy(placed)) return refuseDecoy(placed.id)
  const { id, sandboxId } = placed
  return sandboxId === sandbox.id
    ? refuse('grant_ended', { grant: id })
    : refuseAndReport('placeholder_foreign', { grant: id })
}

/**
 * SECURITY: N8. Whoever tries a decoy out is not to learn that it is one: the reply is that to a placeholder of another
 * sandbox, down to an identifier that is always the same. The journal has the truth.
 */
function refuseDecoy(id: string): Refusal {
  const alike = refuseAndReport('placeholder_foreign', { grant: id.replace('dcy_', 'grt_') })
  return { ...alike, reason: 'decoy_used', recordedFacts: { decoy: id } }
}
