import type { EphemeralSecrets } from '../../vault/ephemeral-secrets.ts'
import type { Vault } from '../../vault/vault.ts'
import type { Exchange } from '../exchange.ts'

/** Fetches the values that will be attached. @throws CoatcheckError `vault_locked` | `secret_not_found` */
export function reveal(
  exchange: Exchange,
  vault: Pick<Vault, 'reveal'>,
  ephemeral: Pick<EphemeralSecrets, 'reveal'>,
): void {
  for (const attachment of exchange.attachments) {
    const { grant } = attachment.grant
    attachment.secret = grant.ephemeral ? ephemeral.reveal(grant.secretId) : vault.reveal(grant.secretId)
  }
}

/** Wipes the values of an exchange. */
export function forget(exchange: Exchange): void {
  for (const attachment of exchange.attachments) {
    attachment.secret?.value[Symbol.dispose]()
    delete attachment.secret
  }
}
