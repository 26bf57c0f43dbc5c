import { CoatcheckError } from '@coatcheck/contract'
import { prepareInjection } from '../injection/registry.ts'
import type { SourceValues } from '../sources/source-values.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { RevealedSecret, Vault } from '../vault/vault.ts'
import type { ReachWish } from './connector.ts'
import { placeFor } from './grant-setup.ts'
import type { JudgedGrant, JudgeSources } from './judge-grant.ts'

/** What values are taken from. */
export interface LoginValueSources {
  readonly clock: JudgeSources['clock']
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
 * What a session logs in with: the value, or what is made from it.
 * @throws CoatcheckError as `Vault.reveal` does, `secret_unusable`, `upstream_login_refused` where the value is the one that was declined
 */
export function revealLoginValue(
  judged: JudgedGrant,
  wish: ReachWish,
  { clock, ephemeral, values }: Pick<LoginValueSources, 'clock' | 'ephemeral' | 'values'>,
): RevealedSecret {
  const { grant, connection } = judged
  const revealed = (grant.ephemeral ? ephemeral : values).reveal(grant.secretId)
  const { value, version } = revealed
  if (version === wish.declined) {
    value[Symbol.dispose]()
    throw new CoatcheckError('upstream_login_refused')
  }
  const login = prepareInjection(connection.inject).login
  if (login?.present === undefined) return revealed
  try {
    const { host, port } = placeFor(judged, wish).destination
    const moment = { host, port, now: clock.now() }
    return { version, value: new SecretValue(value.use((secret) => login.present!(secret, moment))) }
  } finally {
    value[Symbol.dispose]()
  }
}
