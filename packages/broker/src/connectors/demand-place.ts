import { CoatcheckError } from '@coatcheck/contract'
import { plainAddress } from '../foundation/cidr-block.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { isInPlace } from '../sandbox/sandbox-place.ts'

/**
 * Refuses whoever comes to the port of a grant from another place than its sandbox's.
 * @throws CoatcheckError `sandbox_elsewhere`
 */
export function demandPlace(sandbox: Pick<Sandbox, 'from' | 'boundTo'>, remoteAddress: string | undefined): void {
  const peer = plainAddress(remoteAddress)
  const { boundTo, from } = sandbox
  const isHere = peer !== undefined && (from.length > 0 ? isInPlace(sandbox, peer) : (boundTo ?? peer) === peer)
  if (!isHere) throw new CoatcheckError('sandbox_elsewhere', { address: peer ?? 'none' })
}
