import { createHash } from 'node:crypto'
import type { SharedSecret } from './key-agreement.ts'
import type { Agreed } from './negotiation.ts'
import { PacketCipher } from './packet-cipher.ts'

/** The hash of an exchange: all that both sides said, and what they agreed on. RFC 5656 §4. */
export function hashExchange(...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** Ciphers of both directions. */
export interface SessionKeys {
  readonly toServer: PacketCipher
  readonly toClient: PacketCipher
}

/** The keys that come out of an exchange. RFC 4253 §7.2; one SHA-256 is long enough for each. */
export function sessionKeys(secret: SharedSecret, hash: Buffer, sessionId: Buffer, agreed: Agreed): SessionKeys {
  const derive = (letter: string): Buffer =>
    createHash('sha256').update(secret).update(hash).update(letter).update(sessionId).digest()
  return {
    toServer: new PacketCipher(agreed.toServer, derive('C'), derive('A')),
    toClient: new PacketCipher(agreed.toClient, derive('D'), derive('B')),
  }
}
