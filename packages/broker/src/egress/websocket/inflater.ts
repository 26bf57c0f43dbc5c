import { constants, createInflateRaw, type InflateRaw } from 'node:zlib'
import { CoatcheckError } from '@coatcheck/contract'

/** Bytes that one message may become; a thousand times less of them are sent. */
const maxInflatedBytes = 256 * 1024 * 1024
/** What the sender leaves out at the end of each message, RFC 7692 §7.2.2. */
const messageEnd = Buffer.from([0x00, 0x00, 0xff, 0xff])

/** Undoes permessage-deflate (RFC 7692), message by message, and keeps nothing of what comes out. */
export class Inflater {
  readonly #forgets: boolean
  readonly #hear: (bytes: Buffer) => void
  readonly #inflate: InflateRaw
  #bytes = 0
  #fault: unknown

  /** @param forgets whether each message is compressed by itself */
  constructor(forgets: boolean, hear: (bytes: Buffer) => void) {
    this.#forgets = forgets
    this.#hear = hear
    this.#inflate = createInflateRaw({ windowBits: 15 })
    this.#inflate
      .on('data', (bytes: Buffer) => this.#came(bytes))
      .on('error', () => {
        this.#fault ??= malformed('not compressed')
      })
      // SECURITY: what stands behind the end of compressed data is skipped by some readers, and read by others.
      .on('end', () => {
        this.#fault ??= malformed('compressed data ends')
      })
  }

  /** @throws CoatcheckError `request_malformed` | whatever the hearer throws */
  async write(bytes: Buffer, isEnd: boolean): Promise<void> {
    this.#throwFault()
    if (bytes.length > 0) this.#inflate.write(bytes)
    if (isEnd) this.#inflate.write(messageEnd)
    await this.#flush()
    this.#throwFault()
    if (!isEnd) return
    this.#bytes = 0
    if (this.#forgets) this.#inflate.reset()
  }

  close(): void {
    this.#fault ??= malformed('closed')
    this.#inflate.destroy()
  }

  #flush(): Promise<void> {
    return new Promise((resolve) => {
      // After a fault nobody calls back.
      this.#inflate.once('error', resolve).once('end', resolve).once('close', resolve)
      this.#inflate.flush(constants.Z_SYNC_FLUSH, () => {
        this.#inflate.off('error', resolve).off('end', resolve).off('close', resolve)
        resolve()
      })
    })
  }

  #came(bytes: Buffer): void {
    if (this.#fault !== undefined) return
    try {
      this.#bytes += bytes.length
      if (this.#bytes > maxInflatedBytes) throw malformed('too long')
      this.#hear(bytes)
    } catch (error) {
      this.#fault = error
      this.#inflate.destroy()
    }
  }

  #throwFault(): void {
    if (this.#fault !== undefined) throw this.#fault
  }
}

function malformed(what: string): CoatcheckError {
  return new CoatcheckError('request_malformed', { reason: `WebSocket message: ${what}` })
}
