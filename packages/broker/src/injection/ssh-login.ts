import { CoatcheckError } from '@coatcheck/contract'
import { readSigningKey, type SigningKey } from './ssh/signing-key.ts'
import { SshFault } from './ssh/ssh-fault.ts'

const hint =
  'Store a private key without a passphrase: Ed25519, ECDSA (P-256, P-384) or RSA, in the format of OpenSSH or PKCS#8.'

/**
 * Reads a secret that is a private key for SSH. SECURITY: no refusal repeats anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readSshLogin(secret: Uint8Array): SigningKey {
  try {
    return readSigningKey(secret)
  } catch (error) {
    const reason = error instanceof SshFault ? error.message : 'the key cannot be read'
    throw new CoatcheckError('secret_unusable', { reason, hint })
  }
}
