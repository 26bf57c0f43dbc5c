import { createHash } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import type { RoutedGrant } from '../egress/routes.ts'
import { placeholderKey } from '../injection/placeholder-key.ts'
import { readMembers } from '../injection/secret-members.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import type { Vault } from '../vault/vault.ts'

/** Where values are read from. */
export interface StoredValues {
  readonly ephemeral: Pick<EphemeralSecrets, 'reveal'>
  readonly vault: Pick<Vault, 'reveal'>
}

/**
 * A key file of Google for the grant of a service account, as its clients read one: the names of the account and its project
 * are the real ones, the key is that of the placeholder, and good for nothing but to ask the broker for it.
 * @throws CoatcheckError `not_found` where the grant is of another kind, `vault_locked` | `secret_not_found`
 */
export async function serviceAccountFile(
  { grant, placeholder, scopes }: RoutedGrant,
  { ephemeral, vault }: StoredValues,
): Promise<Readonly<Record<string, string>>> {
  if (!scopes.some(({ injection }) => injection.derivation?.isMachineIdentity)) throw new CoatcheckError('not_found')
  using stored = (grant.ephemeral ? ephemeral : vault).reveal(grant.secretId).value
  // SECURITY: two names are taken from the secret, and nothing else of it.
  const { email, project } = stored.use((bytes) => {
    const members = readMembers(bytes)
    return { email: members.text('client_email'), project: members.optional('project_id') }
  })
  const key = await placeholderKey(placeholder)
  return {
    type: 'service_account',
    ...(project !== undefined && { project_id: project }),
    private_key_id: createHash('sha256').update(placeholder).digest('hex').slice(0, 40),
    private_key: key.export({ type: 'pkcs8', format: 'pem' }),
    client_email: email,
    auth_uri: 'https://accounts.google.com/o/oauth2/auth',
    token_uri: 'https://oauth2.googleapis.com/token',
    universe_domain: 'googleapis.com',
  }
}
