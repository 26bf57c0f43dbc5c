import { SshFault } from '../../../injection/ssh/ssh-fault.ts'
import { type PacketCipher, tagBytes } from './packet-cipher.ts'

/** RFC 4253 §6.1: the longest packet that everybody must take, in bytes. */
const maxPacketBytes = 35_000
const leastPadding = 4

/** Takes packets apart, however their bytes arrive. RFC 4253 §6. */
export class PacketReader {
  #cipher: PacketCipher | undefined
  #pending: Buffer = Buffer.alloc(0)

  /** From the next packet on, it is deciphered with this. */
  switchTo(cipher: PacketCipher): void {
    this.#cipher = cipher
  }

  push(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
  }

  /** The next message; undefined until it is whole. @throws SshFault */
  next(): Buffer | undefined {
    if (this.#pending.length < 4) return undefined
    const length = this.#pending.readUInt32BE(0)
    // SECURITY: the length is judged before anything is waited for or made room for.
    const isAligned = this.#cipher === undefined ? (length + 4) % 8 === 0 : length % 16 === 0
    if (length < 8 || length > maxPacketBytes || !isAligned)
      throw new SshFault('a packet has a length that is not valid')
    const whole = 4 + length + (this.#cipher === undefined ? 0 : tagBytes)
    if (this.#pending.length < whole) return undefined
    const packet = this.#pending.subarray(0, whole)
    this.#pending = this.#pending.subarray(whole)
    const plain = this.#open(packet, length)
    const padding = plain[0]!
    if (padding < leastPadding || padding > length - 2) throw new SshFault('a packet has a padding that is not valid')
    return plain.subarray(1, length - padding)
  }

  #open(packet: Buffer, length: number): Buffer {
    if (this.#cipher === undefined) return packet.subarray(4)
    const sealed = packet.subarray(4, 4 + length)
    const plain = this.#cipher.open(packet.subarray(0, 4), sealed, packet.subarray(4 + length))
    if (plain === undefined) throw new SshFault('a packet was changed on its way')
    return plain
  }
}
