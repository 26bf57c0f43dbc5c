import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { isOpensshArmour, readOpensshPrivateKey } from './openssh-private-key.ts'
import { curves, type KeyKind, publicBlob, signatureAlgorithms } from './public-key.ts'
import { SshFault } from './ssh-fault.ts'
import { mpint, string } from './wire-forms.ts'

/** Bytes of a private key as text, at most. */
const maxTextBytes = 32_768

/** A key that can sign, with its public half. */
export interface SigningKey {
  readonly kind: KeyKind
  readonly blob: Buffer
  readonly key: KeyObject
}

/** Reads a private key without a passphrase: the format of OpenSSH, PKCS#8, or what OpenSSL writes of old. @throws SshFault */
export function readSigningKey(secret: Uint8Array): SigningKey {
  if (secret.byteLength > maxTextBytes) throw new SshFault('the key is too long')
  const text = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('latin1')
  return signingKey(isOpensshArmour(text) ? readOpensshPrivateKey(text) : readPem(text))
}

/** A private key with its public half. @throws SshFault for kinds that are not known */
export function signingKey(key: KeyObject): SigningKey {
  return { ...publicBlob(createPublicKey(key)), key }
}

/** Signs in one of the ways that the key can do, and says which one it was. RFC 4253 §6.6. */
export function signWith({ kind, key }: SigningKey, algorithm: string, data: Buffer): Buffer {
  if (!signatureAlgorithms[kind].includes(algorithm)) throw new SshFault('a key cannot sign so')
  if (kind === 'ssh-ed25519') return Buffer.concat([string(algorithm), string(sign(null, data, key))])
  if (kind === 'ssh-rsa') {
    const hash = algorithm === 'rsa-sha2-512' ? 'sha512' : 'sha256'
    return Buffer.concat([string(algorithm), string(sign(hash, data, key))])
  }
  const { hash, bytes } = curves[kind]
  const pair = sign(hash, data, { key, dsaEncoding: 'ieee-p1363' })
  const numbers = Buffer.concat([mpint(pair.subarray(0, bytes)), mpint(pair.subarray(bytes))])
  return Buffer.concat([string(algorithm), string(numbers)])
}

function readPem(text: string): KeyObject {
  if (/^Proc-Type: 4,ENCRYPTED|BEGIN ENCRYPTED PRIVATE KEY/m.test(text)) throw new SshFault('the key has a passphrase')
  try {
    return createPrivateKey(text)
  } catch {
    throw new SshFault('the key cannot be read')
  }
}
