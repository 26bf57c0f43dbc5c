import { createHash } from 'node:crypto'

/** Length of the nonce, in bytes. */
export const ed25519NonceBytes = 32

/**
 * The answer of MariaDB’s plugin: a signature of the nonce under a key whose seed is the password, of whatever length, where RFC 8032
 * has 32 bytes. Node signs with such seeds alone, so the points are computed here.
 */
export async function ed25519Proof(password: Buffer, nonce: Buffer): Promise<Buffer> {
  const { ed25519 } = await import('@noble/curves/ed25519.js')
  const { BASE, Fn } = ed25519.Point
  const seed = sha512(password)
  const scalarBytes = Buffer.from(seed.subarray(0, 32))
  scalarBytes[0]! &= 0xf8
  scalarBytes[31]! &= 0x3f
  scalarBytes[31]! |= 0x40
  const scalar = Fn.create(littleEndian(scalarBytes))
  const publicKey = BASE.multiply(scalar).toBytes()
  const once = Fn.create(littleEndian(sha512(seed.subarray(32), nonce)))
  const commitment = BASE.multiply(once).toBytes()
  const challenge = Fn.create(littleEndian(sha512(commitment, publicKey, nonce)))
  const response = Fn.add(once, Fn.mul(challenge, scalar))
  return Buffer.concat([commitment, Buffer.from(response.toString(16).padStart(64, '0'), 'hex').reverse()])
}

function sha512(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha512')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
}
