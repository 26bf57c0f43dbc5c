import { createHmac, randomBytes } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'

/** A reply that can be given again. */
export interface KeptReply {
  readonly status: number
  readonly headers: [string, string][]
  readonly body: Uint8Array
}

interface Entry {
  readonly fingerprint: string
  readonly atMs: number
  readonly reply: Promise<KeptReply | undefined>
  /** Of the body, once it is there. */
  bytes: number
}

const keptMs = 24 * 60 * 60 * 1000
const maxEntries = 4_096
/** Replies of one caller; more than that push out its own oldest, not those of others. */
const maxOfCaller = 512
/** Bytes of one caller's replies, likewise: a recipe with its certificates is a quarter of a megabyte. */
const maxBytesOfCaller = 32 * 1024 * 1024

/**
 * Remembers the replies to requests that carry an `Idempotency-Key`.
 * SECURITY: some hold a token that is shown once. They stay in memory, never on disk, and go when the vault is locked.
 */
export class ReplyMemory {
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()
  /** SECURITY: requests hold values of secrets; what is kept of them cannot be guessed at. */
  readonly #fingerprintKey = randomBytes(32)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** What is kept of a request, to tell a repetition from another one. */
  fingerprint(parts: readonly (string | Uint8Array)[]): string {
    const hmac = createHmac('sha256', this.#fingerprintKey)
    for (const part of parts) hmac.update(`${part.length}\n`).update(part)
    return hmac.digest('base64')
  }

  /**
   * The kept reply, once there is one; otherwise that of `make`. A repetition that comes meanwhile waits. What `make` throws,
   * and what it returns undefined for, is not kept.
   * @throws CoatcheckError `idempotency_mismatch`
   */
  async reply(
    actor: string,
    key: string,
    fingerprint: string,
    make: () => Promise<KeptReply | undefined>,
  ): Promise<KeptReply | undefined> {
    const name = `${actor}\n${key}`
    const known = this.#living(name)
    if (known !== undefined) {
      if (known.fingerprint !== fingerprint) throw new CoatcheckError('idempotency_mismatch')
      const kept = await known.reply.catch(() => undefined)
      // The first one came to nothing: this one is then the first.
      return kept ?? this.reply(actor, key, fingerprint, make)
    }
    this.#makeRoom(`${actor}\n`)
    const entry: Entry = { fingerprint, atMs: this.#clock.monotonicMs(), reply: make(), bytes: 0 }
    this.#entries.set(name, entry)
    const forget = (): void => {
      if (this.#entries.get(name) === entry) this.#entries.delete(name)
    }
    entry.reply.then((reply) => {
      if (reply === undefined) return forget()
      entry.bytes = reply.body.length
      this.#dropSurplus(`${actor}\n`)
    }, forget)
    return entry.reply
  }

  /** Forgets every reply. */
  clear(): void {
    this.#entries.clear()
  }

  #living(name: string): Entry | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined || this.#clock.monotonicMs() - entry.atMs < keptMs) return entry
    this.#entries.delete(name)
    return undefined
  }

  /** The caller's oldest replies go, until the rest fits; what is being made stays, so that it is made once. */
  #dropSurplus(prefix: string): void {
    const own = [...this.#entries].filter(([name, { bytes }]) => bytes > 0 && name.startsWith(prefix))
    let total = own.reduce((sum, [, { bytes }]) => sum + bytes, 0)
    for (const [name, { bytes }] of own) {
      if (total <= maxBytesOfCaller) return
      this.#entries.delete(name)
      total -= bytes
    }
  }

  #makeRoom(prefix: string): void {
    const own = [...this.#entries.keys()].filter((name) => name.startsWith(prefix))
    if (own.length >= maxOfCaller) this.#entries.delete(own[0] ?? '')
    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= maxEntries && oldest !== undefined) this.#entries.delete(oldest)
  }
}
