import type { Clock } from '../foundation/clock.ts'
import type { Revision } from '../foundation/revision.ts'
import type { SandboxStore } from '../sandbox/sandbox-store.ts'
import type { GrantWatch } from './minted-tokens.ts'

/** Says by its row whether a grant lives, whichever process ended it. */
export function watchGrants(store: Pick<SandboxStore, 'findGrant'>, clock: Clock, revision: Revision): GrantWatch {
  return {
    revision,
    isLiving(grantId) {
      const grant = store.findGrant(grantId)
      if (grant === undefined || grant.endedAt !== null) return false
      return grant.expiresAt === null || clock.now() < new Date(grant.expiresAt)
    },
  }
}
