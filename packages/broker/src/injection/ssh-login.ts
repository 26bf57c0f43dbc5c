import { CoatcheckError } from '@coatcheck/contract'
import { systemClock } from '../foundation/clock.ts'
import { readSigningKey, type SigningKey } from './ssh/signing-key.ts'
import { SshFault } from './ssh/ssh-fault.ts'
import { cutCertificate, readUserCertificate, type UserCertificate } from './ssh/user-certificate.ts'

/** What a secret says about logging in by SSH. */
export interface SshLogin {
  readonly key: SigningKey
  /** Shown in place of the public key. */
  readonly certificate?: UserCertificate
}

const hint =
  'Store a private key without a passphrase: Ed25519, ECDSA (P-256, P-384) or RSA, in the format of OpenSSH or PKCS#8. ' +
  'The line of its `-cert.pub` may stand below it.'

/**
 * Reads a secret that is a private key for SSH, with the line of its certificate or without. SECURITY: no refusal repeats anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readSshLogin(secret: Uint8Array): SshLogin {
  try {
    const text = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('latin1')
    const { rest, blob } = cutCertificate(text)
    const bytes = Buffer.from(rest, 'latin1')
    const key = readSigningKey(bytes)
    bytes.fill(0)
    return { key, ...(blob && { certificate: readUserCertificate(blob, key) }) }
  } catch (error) {
    throw unusable(error instanceof SshFault ? error.message : 'the key cannot be read')
  }
}

/** Refuses a login whose certificate is over. @throws CoatcheckError `secret_unusable` */
export function demandLastingLogin({ certificate }: SshLogin): void {
  const now = BigInt(Math.floor(systemClock.now().getTime() / 1_000))
  if (certificate !== undefined && certificate.validBefore <= now) throw unusable('its certificate is over')
}

function unusable(reason: string): CoatcheckError {
  return new CoatcheckError('secret_unusable', { reason, hint })
}
