import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import type { Reach, ReachReceipt, ReachStatement } from '@coatcheck/contract'
import type { CheckpointKey } from './checkpoint-key.ts'

/** Signs what a receipt says of a reach. */
export function signReceipt(key: CheckpointKey, reach: Reach, statement: Omit<ReachStatement, 'reach'>): ReachReceipt {
  const full: ReachStatement = { ...statement, reach: hashOf(reach) }
  return {
    statement: full,
    reach,
    publicKey: key.publicKey.export({ type: 'spki', format: 'pem' }) as string,
    signature: sign(null, signedBytes(full), key.privateKey).toString('base64'),
  }
}

/**
 * True when the receipt is about its reach, and was signed by `trusted`, or, without it, by the key that it names itself: then it is worth as
 * much as the place that it was kept in.
 */
export function isReceiptGenuine(
  { publicKey, reach, signature, statement }: ReachReceipt,
  trusted?: KeyObject,
): boolean {
  try {
    const key = trusted ?? createPublicKey(publicKey)
    const isSigned = verify(null, signedBytes(statement), key, Buffer.from(signature, 'base64'))
    return key.asymmetricKeyType === 'ed25519' && isSigned && statement.reach === hashOf(reach)
  } catch {
    // Whatever is no key has signed nothing.
    return false
  }
}

/** SECURITY: begins as no other statement does that this key signs. */
function signedBytes({ at, done, heads, outside, reach, sandbox, unseen, within }: ReachStatement): Buffer {
  const said = JSON.stringify({ at, sandbox, reach, heads, done, within, unseen, outside })
  return Buffer.from(`coatcheck reach receipt 1\n${said}`)
}

function hashOf(reach: Reach): string {
  return createHash('sha256').update(JSON.stringify(reach)).digest('base64url')
}
