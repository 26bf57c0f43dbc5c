import type { Revision } from '../foundation/revision.ts'
import type { SandboxStore } from '../sandbox/sandbox-store.ts'
import { SharedCredentials, type SharedCredentialsParts } from '../vault/shared-credentials.ts'
import { TokenKeeper, type TokenKeeperParts } from './token-keeper.ts'
import { watchGrants } from './watch-grants.ts'

/** What a home shares between its brokers, and what says which grants live. */
export interface TokenHome {
  readonly keyRing: SharedCredentialsParts['keyRing']
  readonly revision: Revision
  readonly storage: {
    readonly derived: SharedCredentialsParts['store']
    readonly sandboxes: Pick<SandboxStore, 'findGrant'>
    readonly secrets: SharedCredentialsParts['secrets']
  }
}

/** Makes the keeper of a home. */
export function openTokenKeeper(
  parts: Omit<TokenKeeperParts, 'shared' | 'watch'>,
  { keyRing, revision, storage }: TokenHome,
): TokenKeeper {
  const { clock } = parts
  return new TokenKeeper({
    ...parts,
    shared: new SharedCredentials({ clock, keyRing, secrets: storage.secrets, store: storage.derived }),
    watch: watchGrants(storage.sandboxes, clock, revision),
  })
}
