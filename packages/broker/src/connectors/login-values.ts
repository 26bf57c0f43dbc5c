import { CoatcheckError } from '@coatcheck/contract'
import type { SourceValues } from '../sources/source-values.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { RevealedSecret, Vault } from '../vault/vault.ts'
import type { ReachWish } from './connector.ts'
import type { JudgedGrant } from './judge-grant.ts'

/** What values are taken from. */
export interface LoginValueSources {
  readonly ephemeral: EphemeralSecrets
  readonly sources: Pick<SourceValues, 'bring' | 'dismiss'>
  readonly values: Pick<Vault, 'reveal'>
}

/** Has the value of a grant at hand, where a source gives it; one that was declined is asked for anew. */
export async function bringLoginValue(
  { grant, secret: { source } }: JudgedGrant,
  { declined }: ReachWish,
  { sources }: Pick<LoginValueSources, 'sources'>,
): Promise<void> {
  if (source === undefined) return
  if (declined !== undefined) sources.dismiss(source)
  await sources.bring([{ grant, source }])
}

/**
 * The value that a session logs in with.
 * @throws CoatcheckError as `Vault.reveal` does, `upstream_login_refused` where the value is the one that was declined
 */
export function revealLoginValue(
  { grant }: JudgedGrant,
  { declined }: ReachWish,
  { ephemeral, values }: Pick<LoginValueSources, 'ephemeral' | 'values'>,
): RevealedSecret {
  const revealed = (grant.ephemeral ? ephemeral : values).reveal(grant.secretId)
  if (revealed.version !== declined) return revealed
  revealed.value[Symbol.dispose]()
  throw new CoatcheckError('upstream_login_refused')
}
