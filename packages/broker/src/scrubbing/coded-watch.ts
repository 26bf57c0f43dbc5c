import type { Transform } from 'node:stream'
import { codingFor } from './content-coding.ts'
import type { StreamScrub } from './stream-scrub.ts'

/** Compressed bytes that wait, and how far they go when decompressed. */
interface Waiting {
  readonly bytes: Buffer
  readonly plainEnd: number
}

/** What a watch has to say of the bytes that came last. */
export interface Watched {
  /** What can be sent on. */
  readonly bytes: Buffer
  /** It is no such compression, or goes on behind its end. */
  readonly isUnreadable: boolean
}

/**
 * Looks into a compressed body that is too long, or too urgent, to be written anew: a copy is decompressed and searched, and what
 * was not looked at to its end is not sent on.
 */
export class CodedWatch {
  readonly #name: string
  readonly #scrub: StreamScrub
  #decoder: Transform | undefined
  #plainBytes = 0
  #waiting: Waiting[] = []
  #isUnreadable = false
  #hasEnded = false

  /** @param name as `codingNamed` gives it */
  constructor(name: string, scrub: StreamScrub) {
    this.#name = name
    this.#scrub = scrub
  }

  /** One at a time. The caller looks at the hits of the search before it sends on anything. */
  async write(chunk: Buffer): Promise<Watched> {
    if (chunk.length > 0 && !this.#isUnreadable) {
      const decoder = this.#open(chunk)
      // SECURITY: what stands behind the end of compressed data is skipped by some readers, and read by others.
      if (this.#hasEnded) this.#isUnreadable = true
      else await this.#step((done) => decoder.write(chunk, done))
    }
    this.#waiting.push({ bytes: chunk, plainEnd: this.#plainBytes })
    return this.#released(this.#plainBytes - this.#scrub.heldBytes)
  }

  /** The rest. */
  async end(): Promise<Watched> {
    const decoder = this.#decoder
    if (decoder !== undefined && !this.#isUnreadable && !this.#hasEnded) {
      await this.#step((done) => decoder.once('end', done).end())
    }
    this.#scrub.flush()
    this.close()
    return this.#released(Number.POSITIVE_INFINITY)
  }

  close(): void {
    this.#decoder?.destroy()
  }

  #open(start: Buffer): Transform {
    if (this.#decoder !== undefined) return this.#decoder
    this.#decoder = codingFor(this.#name, start)
      .decoder()
      .on('data', (bytes: Buffer) => {
        this.#plainBytes += bytes.length
        this.#scrub.write(bytes)
      })
      .on('end', () => {
        this.#hasEnded = true
      })
      .on('error', () => {
        this.#isUnreadable = true
      })
    return this.#decoder
  }

  #step(act: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const decoder = this.#decoder!
      const done = (): void => {
        decoder.off('close', done).off('error', done)
        resolve()
      }
      // After a fault nobody calls back.
      decoder.once('close', done).once('error', done)
      act(done)
    })
  }

  #released(plainEnd: number): Watched {
    const isUnreadable = this.#isUnreadable
    const end = this.#waiting.findIndex((waiting) => waiting.plainEnd > plainEnd)
    const released = this.#waiting.splice(0, isUnreadable || end < 0 ? this.#waiting.length : end)
    return { bytes: Buffer.concat(released.map(({ bytes }) => bytes)), isUnreadable }
  }
}
