import { createHash, createPrivateKey, hkdfSync } from 'node:crypto'
import { writeOpensshPrivateKey } from '../../injection/ssh/openssh-private-key.ts'
import { type PublicKey, readPublicKey } from '../../injection/ssh/public-key.ts'
import { type SigningKey, signingKey } from '../../injection/ssh/signing-key.ts'

/** What a client of one grant logs in with, and what it knows the broker by. */
export interface StandIn {
  readonly user: PublicKey
  /** The private half of it, as a client reads it. */
  readonly userText: string
  readonly host: SigningKey
}

/** What stands before the 32 bytes of a key of Ed25519 in PKCS#8. RFC 8410 §7. */
const pkcs8Start = Buffer.from('302e020100300506032b657004220420', 'hex')
const label = 'coatcheck ssh stand-in'

/**
 * The two pairs of keys that a placeholder stands for. SECURITY: the placeholder stays the one identity of its grant: whoever has it has these
 * keys, and nobody else, and they are good for nothing but this grant, inside of its sandbox.
 */
export function standInOf(placeholder: string): StandIn {
  const user = keyFor(placeholder, 'user')
  return {
    user: readPublicKey(user.blob),
    userText: writeOpensshPrivateKey(user.key),
    host: keyFor(placeholder, 'host'),
  }
}

/** What is compared of a key. */
export function digestOf(blob: Uint8Array): Buffer {
  return createHash('sha256').update(blob).digest()
}

function keyFor(placeholder: string, purpose: 'user' | 'host'): SigningKey {
  const seed = Buffer.from(hkdfSync('sha256', placeholder, label, purpose, 32))
  return signingKey(createPrivateKey({ key: Buffer.concat([pkcs8Start, seed]), format: 'der', type: 'pkcs8' }))
}
