import { argon2Sync } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import type { SecretValue } from './secret-value.ts'

/** Shortest passphrase that is taken, in characters. */
const minPassphraseLength = 12

/** How hard a passphrase is to try. */
export interface PassphraseCost {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

/** What new keys are made with: about a quarter of a second. RFC 9106 §4 calls it the second recommended option. */
export const usualCost: PassphraseCost = { memoryKib: 65_536, passes: 3, lanes: 4 }

/** Length of a salt, in bytes. */
export const saltBytes = 16

/** Argon2id of a passphrase: 32 bytes, which the caller wipes. */
export function derivePassphraseKey(
  passphrase: SecretValue,
  salt: Uint8Array,
  { memoryKib, passes, lanes }: PassphraseCost,
): Uint8Array {
  const parameters = { nonce: salt, parallelism: lanes, tagLength: 32, memory: memoryKib, passes }
  return passphrase.use((message) => argon2Sync('argon2id', { message, ...parameters }))
}

/** Refuses a passphrase that is too short to withstand somebody who has the key file. @throws CoatcheckError `passphrase_weak` */
export function assertStrongPassphrase(passphrase: SecretValue): void {
  const characters = passphrase.use((bytes) => [...new TextDecoder().decode(bytes)])
  const isRepeated = new Set(characters).size < 4
  if (characters.length < minPassphraseLength || isRepeated) {
    throw new CoatcheckError('passphrase_weak', { minimumLength: minPassphraseLength })
  }
}
