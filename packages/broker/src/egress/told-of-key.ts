import type { ProblemCode } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { isVirtualKey } from '../sandbox/virtual-key.ts'
import { type Refusal, refuse } from './refusal.ts'

/** What is over where the lifetime of a virtual key is, or where it was revoked. */
const ends: ReadonlySet<ProblemCode> = new Set(['sandbox_ended', 'sandbox_expired', 'grant_ended', 'grant_expired'])

/**
 * The refusal of a request, as its sender knows the thing that is over: who shows a virtual key has heard of no sandbox and of no
 * grant, and a request that was under way hears what every later one does.
 */
export function toldOfKey(refusal: Refusal, sandbox: Pick<Sandbox, 'expiresAt' | 'id'>, clock: Clock): Refusal {
  if (!ends.has(refusal.code) || !isVirtualKey(sandbox)) return refusal
  return refuse(clock.now() >= new Date(sandbox.expiresAt) ? 'key_expired' : 'key_revoked')
}
