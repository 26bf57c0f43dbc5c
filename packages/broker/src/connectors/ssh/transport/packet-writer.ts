import { randomFillSync } from 'node:crypto'
import type { PacketCipher } from './packet-cipher.ts'

const clearBlock = 8
const cipherBlock = 16
const leastPadding = 4

/** Makes packets of messages. RFC 4253 §6. */
export class PacketWriter {
  #cipher: PacketCipher | undefined

  /** From the next packet on, it is enciphered with this. */
  switchTo(cipher: PacketCipher): void {
    this.#cipher = cipher
  }

  packet(payload: Buffer): Buffer {
    // The length is a part of the blocks only where it is not enciphered with them (RFC 5647 §7.2).
    const [block, counted] = this.#cipher === undefined ? [clearBlock, 4] : [cipherBlock, 0]
    const bare = counted + 1 + payload.length
    let padding = block - (bare % block)
    if (padding < leastPadding) padding += block
    const plain = Buffer.allocUnsafe(1 + payload.length + padding)
    plain[0] = padding
    payload.copy(plain, 1)
    randomFillSync(plain, 1 + payload.length)
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(plain.length)
    return this.#cipher === undefined ? Buffer.concat([length, plain]) : this.#cipher.seal(length, plain)
  }
}
