import { createHash, type Hash } from 'node:crypto'

/** An answer to a nonce that proves a password and does not hold it; empty where there is none. */
export type PasswordProof = (password: Buffer, nonce: Buffer) => Buffer

/** The proofs that both sides of the broker know, by plugin. */
export const passwordProofs: Readonly<Record<string, PasswordProof>> = {
  mysql_native_password: (password, nonce) => {
    if (password.length === 0) return password
    const once = digest('sha1', password)
    return combined(once, digest('sha1', nonce, digest('sha1', once)))
  },
  caching_sha2_password: (password, nonce) => {
    if (password.length === 0) return password
    const once = digest('sha256', password)
    return combined(once, digest('sha256', digest('sha256', once), nonce))
  },
}

/** The bytes of one, each with that of the other, which begins anew where it is over. */
export function combined(bytes: Buffer, other: Buffer): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ other[index % other.length]!))
}

function digest(algorithm: string, ...parts: readonly Buffer[]): Buffer {
  return parts.reduce<Hash>((hash, part) => hash.update(part), createHash(algorithm)).digest()
}
