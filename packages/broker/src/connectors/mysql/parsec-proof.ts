import { createPrivateKey, pbkdf2, randomBytes, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { ProtocolError } from '../protocol-error.ts'

/** Length of each side's nonce, in bytes. */
export const parsecNonceBytes = 32

/** What the salt begins with where keys are made by PBKDF2. */
const byPbkdf2 = 0x50
const saltBytes = 18
/** The least rounds that there are; a salt says how often that is doubled. */
const leastRounds = 1_024
/** SECURITY: a service that asks for more keeps the broker busy. */
const mostRounds = 1_048_576
const keyBytes = 32
/** What stands before the seed of a key in PKCS #8 (RFC 8410 §7). */
const seedPrefix = Buffer.from('302e020100300506032b657004220420', 'hex')
const derive = promisify(pbkdf2)

/**
 * The answer of MariaDB’s plugin `parsec`: a nonce of the client, and a signature by Ed25519 (RFC 8032) of both nonces, under a key that
 * PBKDF2 makes of the password. As MariaDB’s manual describes it.
 * @param salt as the service sent it: how keys are made, and the salt itself
 * @throws ProtocolError
 */
export async function parsecProof(password: Buffer, nonce: Buffer, salt: Buffer): Promise<Buffer> {
  const rounds = leastRounds * 2 ** (salt[1] ?? 0)
  if (salt[0] !== byPbkdf2 || salt.length !== 2 + saltBytes || rounds > mostRounds) throw new ProtocolError('salt')
  const seed = await derive(password, salt.subarray(2), rounds, keyBytes, 'sha512')
  const encoded = Buffer.concat([seedPrefix, seed])
  try {
    const key = createPrivateKey({ key: encoded, format: 'der', type: 'pkcs8' })
    const own = randomBytes(parsecNonceBytes)
    return Buffer.concat([own, sign(null, Buffer.concat([nonce, own]), key)])
  } finally {
    seed.fill(0)
    encoded.fill(0)
  }
}
