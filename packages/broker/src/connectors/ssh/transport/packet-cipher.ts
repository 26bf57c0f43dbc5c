import { createCipheriv, createDecipheriv } from 'node:crypto'

/** RFC 5647 §7.1: bytes of the tag and of the nonce, of which the last eight count. */
export const tagBytes = 16
const nonceBytes = 12
const counterAt = 4

/** Ciphers by the names of OpenSSH, with the bytes of their keys, best first. AES in the Galois/Counter Mode, RFC 5647. */
export const ciphers = {
  'aes256-gcm@openssh.com': { name: 'aes-256-gcm', keyBytes: 32 },
  'aes128-gcm@openssh.com': { name: 'aes-128-gcm', keyBytes: 16 },
} as const

/** Name of a cipher. */
export type CipherName = keyof typeof ciphers

/** One direction of a connection: a key, and a nonce that is never used twice. */
export class PacketCipher {
  readonly #name: (typeof ciphers)[CipherName]['name']
  readonly #key: Buffer
  readonly #nonce: Buffer

  /** @param material at least as many bytes as the key and the nonce take */
  constructor(cipher: CipherName, key: Buffer, nonce: Buffer) {
    const { name, keyBytes } = ciphers[cipher]
    this.#name = name
    this.#key = key.subarray(0, keyBytes)
    this.#nonce = Buffer.from(nonce.subarray(0, nonceBytes))
  }

  /** A packet as it goes on the wire, from its length and its plain rest. */
  seal(length: Buffer, plain: Buffer): Buffer {
    const cipher = createCipheriv(this.#name, this.#key, this.#nonce)
    cipher.setAAD(length)
    const sealed = cipher.update(plain)
    cipher.final()
    this.#count()
    return Buffer.concat([length, sealed, cipher.getAuthTag()])
  }

  /** The plain rest of a packet. @returns undefined where the tag does not fit */
  open(length: Buffer, sealed: Buffer, tag: Buffer): Buffer | undefined {
    const decipher = createDecipheriv(this.#name, this.#key, this.#nonce, { authTagLength: tagBytes })
    decipher.setAAD(length)
    decipher.setAuthTag(tag)
    this.#count()
    const plain = decipher.update(sealed)
    try {
      decipher.final()
      return plain
    } catch {
      return undefined
    }
  }

  /** RFC 5647 §7.1: the last eight bytes are a number that goes up with each packet. */
  #count(): void {
    const next = BigInt.asUintN(64, this.#nonce.readBigUInt64BE(counterAt) + 1n)
    this.#nonce.writeBigUInt64BE(next, counterAt)
  }
}
