import { createHash, createHmac, pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'

/** The hash that a mechanism is called after. */
export type ScramHash = 'sha1' | 'sha256'

/** What of a password SCRAM needs (RFC 5802 §3). */
export interface ScramKeys {
  readonly hash: ScramHash
  readonly clientKey: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

const derive = promisify(pbkdf2)
const hashBytes = { sha1: 20, sha256: 32 } as const

/** @param password prepared */
export async function scramKeys(
  password: string,
  salt: Uint8Array,
  iterations: number,
  hash: ScramHash = 'sha256',
): Promise<ScramKeys> {
  const salted = await derive(password, salt, iterations, hashBytes[hash], hash)
  const clientKey = hmac(hash, salted, 'Client Key')
  const serverKey = hmac(hash, salted, 'Server Key')
  salted.fill(0)
  return { hash, clientKey, storedKey: digest(hash, clientKey), serverKey }
}

/** HMAC of a text. */
export function hmac(hash: ScramHash, key: Uint8Array, text: string): Buffer {
  return createHmac(hash, key).update(text).digest()
}

/** Hash of bytes. */
export function digest(hash: ScramHash, bytes: Uint8Array): Buffer {
  return createHash(hash).update(bytes).digest()
}

/** Each byte of one combined with that of the other, of equal length. */
export function exclusiveOr(one: Uint8Array, other: Uint8Array): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ other[index]!))
}

/** Attributes of a SCRAM message by their letter; undefined where it is none or one stands twice. */
export function scramAttributes(text: string): ReadonlyMap<string, string> | undefined {
  const attributes = new Map<string, string>()
  for (const part of text.split(',')) {
    if (!/^[a-z]=/i.test(part) || attributes.has(part[0]!)) return undefined
    attributes.set(part[0]!, part.slice(2))
  }
  return attributes
}
