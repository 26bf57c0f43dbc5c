import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

/** What AES-256-GCM makes of a plaintext: a random 96-bit nonce, and the ciphertext with its tag at the end. */
export interface SealedBytes {
  readonly nonce: Uint8Array
  readonly ciphertext: Uint8Array
}

/** Encrypts `plaintext` and binds it to `associatedData`. The caller wipes key and plaintext. */
export function encrypt(key: Uint8Array, plaintext: Uint8Array, associatedData: Uint8Array): SealedBytes {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  cipher.setAAD(associatedData)
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
  return { nonce, ciphertext }
}

/** Gives back the plaintext, which the caller wipes. @throws CoatcheckError `row_tampered` when anything does not fit */
export function decrypt(key: Uint8Array, sealed: SealedBytes, associatedData: Uint8Array): Uint8Array {
  const { nonce, ciphertext } = sealed
  if (nonce.length !== nonceBytes || ciphertext.length < tagBytes) throw new CoatcheckError('row_tampered')
  const end = ciphertext.length - tagBytes
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(associatedData)
  decipher.setAuthTag(ciphertext.subarray(end))
  const plaintext = decipher.update(ciphertext.subarray(0, end))
  try {
    // SECURITY: nothing decrypted is handed out before the tag was verified.
    decipher.final()
    return plaintext
  } catch (cause) {
    plaintext.fill(0)
    throw new CoatcheckError('row_tampered', {}, { cause })
  }
}
