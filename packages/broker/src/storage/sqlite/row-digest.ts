import type { KeyRing } from '../../vault/key-ring.ts'

const bytes = 32
const modulus = 1n << BigInt(8 * bytes)

/**
 * Digest of a multiset of rows, kept up row by row: the sum of keyed hashes of their seals. Whoever lacks the key can
 * neither leave a row out, nor put an old one back, nor double one, without changing it.
 */
export class RowDigest {
  #sum: bigint

  /** Begins with the digest of no rows, or with one that `toBytes` gave. */
  constructor(encoded: Uint8Array = new Uint8Array(bytes)) {
    this.#sum = BigInt(`0x${Buffer.from(encoded).toString('hex')}`)
  }

  add(keyRing: KeyRing, seal: Uint8Array): void {
    this.#sum = (this.#sum + hash(keyRing, seal)) % modulus
  }

  subtract(keyRing: KeyRing, seal: Uint8Array): void {
    this.#sum = (this.#sum + modulus - hash(keyRing, seal)) % modulus
  }

  toBytes(): Uint8Array {
    return Buffer.from(this.#sum.toString(16).padStart(2 * bytes, '0'), 'hex')
  }

  equals(other: RowDigest): boolean {
    return this.#sum === other.#sum
  }
}

function hash(keyRing: KeyRing, seal: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(keyRing.digestSeal(seal)).toString('hex')}`)
}
