import {
  type BrokerStatus,
  CoatcheckError,
  type KeyRotationProgress,
  type PassphraseChange,
  type Problem,
  type VaultUnlock,
} from '@coatcheck/contract'
import { BrokerProblem } from '../broker-problem.ts'
import { openEventStream } from '../event-stream.ts'
import type { ApiCall } from './api-call.ts'

/** `/v1/vault` */
export interface VaultApi {
  lock(): Promise<BrokerStatus>
  /** @throws CoatcheckError `passphrase_required` | `passphrase_wrong` | `key_unusable` */
  unlock(input?: VaultUnlock): Promise<BrokerStatus>
  confirmRollback(): Promise<BrokerStatus>
  /** @throws CoatcheckError `passphrase_required` | `passphrase_wrong` | `passphrase_weak` */
  changePassphrase(input: PassphraseChange): Promise<BrokerStatus>
  /** Resolves when everything is under the new key. The broker goes on when this process goes away. */
  rotateKey(onProgress?: (progress: KeyRotationProgress) => void): Promise<BrokerStatus>
}

/** The vault of a client. */
export function vaultApi({ send, open, lost }: ApiCall): VaultApi {
  return {
    lock: () => send('POST', '/v1/vault/lock'),
    unlock: (body) => send('POST', '/v1/vault/unlock', body === undefined ? {} : { body }),
    confirmRollback: () => send('POST', '/v1/vault/confirm-rollback'),
    changePassphrase: (body) => send('POST', '/v1/vault/passphrase', { body }),
    async rotateKey(onProgress = () => {}) {
      const reply = await open({ method: 'POST', path: '/v1/vault/rotate-key' })
      try {
        for await (const { event, data } of await openEventStream(reply, lost)) {
          if (event === 'progress') onProgress(data as KeyRotationProgress)
          if (event === 'failed') throw new BrokerProblem(data as Problem)
          if (event === 'done') return data as BrokerStatus
        }
      } catch (error) {
        throw error instanceof CoatcheckError ? error : lost(error)
      } finally {
        reply.destroy()
      }
      throw lost()
    },
  }
}
