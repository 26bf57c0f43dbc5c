import { createPublicKey, decapsulate, encapsulate, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { disconnectReasons, SshFault } from '../../../injection/ssh/ssh-fault.ts'

/** ML-KEM-768 (FIPS 203 §8): bytes of a public key, and of a secret that was sealed for it. */
export const latticeBytes = { share: 1184, sealed: 1088 } as const

/** What stands before the bytes of such a key in its certificate form (RFC 9935 §4). */
const keyPrefix = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex')

/** Whether this Node can do it: from 24.7 on, with OpenSSL 3.5. */
export function isLatticeThere(): boolean {
  try {
    const { sealed } = encapsulateTo(newLatticeKey().share)
    return sealed.length === latticeBytes.sealed
  } catch {
    return false
  }
}

/** A new key, with its public half as it is sent. */
export function newLatticeKey(): { readonly share: Buffer; readonly privateKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('ml-kem-768')
  return { share: publicKey.export({ type: 'spki', format: 'der' }).subarray(-latticeBytes.share), privateKey }
}

/** A new secret, and how whoever has the key is told. @throws SshFault */
export function encapsulateTo(share: Buffer): { readonly sealed: Buffer; readonly secret: Buffer } {
  try {
    const key = createPublicKey({ key: Buffer.concat([keyPrefix, share]), format: 'der', type: 'spki' })
    const { ciphertext, sharedKey } = encapsulate(key)
    return { sealed: Buffer.from(ciphertext), secret: Buffer.from(sharedKey) }
  } catch {
    throw new SshFault('the key exchange failed', disconnectReasons.keyExchangeFailed)
  }
}

/** The secret that was sealed. */
export function decapsulateFrom(privateKey: KeyObject, sealed: Buffer): Buffer {
  return Buffer.from(decapsulate(privateKey, sealed))
}
