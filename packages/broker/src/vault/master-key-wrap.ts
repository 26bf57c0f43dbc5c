import { randomBytes } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import { decrypt, encrypt } from './authenticated-cipher.ts'
import { encodeCanonically } from './canonical-encoding.ts'
import type { PassphraseTerms, WrappedMasterKey } from './key-file-format.ts'
import { keyIdOf } from './key-provider.ts'
import { saltBytes, usualCost } from './passphrase.ts'

/** Terms for a new passphrase, with a salt of their own. */
export function newPassphraseTerms(): PassphraseTerms {
  return { cost: usualCost, salt: randomBytes(saltBytes) }
}

/** Encrypts a key-encryption key under a key that was derived from a passphrase on these terms. */
export function wrapMasterKey(wrapping: Uint8Array, terms: PassphraseTerms, key: Uint8Array): WrappedMasterKey {
  const id = keyIdOf(key)
  return { id, ...encrypt(wrapping, key, bind(terms, id)) }
}

/** The key, which the caller wipes. @throws CoatcheckError `passphrase_wrong` */
export function unwrapMasterKey(wrapping: Uint8Array, terms: PassphraseTerms, wrapped: WrappedMasterKey): Uint8Array {
  try {
    return decrypt(wrapping, wrapped, bind(terms, wrapped.id))
  } catch (cause) {
    // A file that was changed cannot be told from another passphrase.
    throw new CoatcheckError('passphrase_wrong', {}, { cause })
  }
}

function bind({ cost, salt }: PassphraseTerms, id: string): Uint8Array {
  return encodeCanonically(['coatcheck-master-key-1', id, cost.memoryKib, cost.passes, cost.lanes, salt])
}
