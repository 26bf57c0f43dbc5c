import type { BrokerStatus } from '@coatcheck/contract'
import type { ApiCall } from './api-call.ts'

/** `/v1/vault` */
export interface VaultApi {
  lock(): Promise<BrokerStatus>
  unlock(): Promise<BrokerStatus>
  confirmRollback(): Promise<BrokerStatus>
}

/** The vault of a client. */
export function vaultApi({ send }: ApiCall): VaultApi {
  return {
    lock: () => send('POST', '/v1/vault/lock'),
    unlock: () => send('POST', '/v1/vault/unlock'),
    confirmRollback: () => send('POST', '/v1/vault/confirm-rollback'),
  }
}
