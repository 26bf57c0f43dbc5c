import type { KeyStatus } from '@coatcheck/contract'
import { isKeyId } from '../foundation/virtual-key-text.ts'
import type { Grant } from './grant.ts'
import type { Sandbox } from './sandbox.ts'

/**
 * Whether a row is that of a virtual key: the holder of one grant that has no variables, no network and no authority of its own, and
 * is known by its key alone. What its row has as the token’s hash is that of the key.
 */
export function isVirtualKey({ id }: Pick<Sandbox, 'id'>): boolean {
  return isKeyId(id)
}

/** How a virtual key stands. @param grants those of its row */
export function statusOfKey(
  { endedAt, expiresAt }: Pick<Sandbox, 'endedAt' | 'expiresAt'>,
  grants: readonly Pick<Grant, 'endedAt'>[],
  now: Date,
): KeyStatus {
  if (endedAt !== null && endedAt < expiresAt) return 'revoked'
  if (endedAt !== null || now >= new Date(expiresAt)) return 'expired'
  return grants.some((grant) => grant.endedAt === null) ? 'active' : 'revoked'
}
