import { createHash } from 'node:crypto'
import { CoatcheckError } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import type { SecretValue } from '../vault/secret-value.ts'
import type { ConfiguredSource } from './configured-source.ts'
import { sourceFailure } from './source.ts'

/** How long a source that failed is left alone, in milliseconds. */
const pauseMs = 5_000
/** The same where a value is at hand, and it failed again and again: requests need not wait for it. */
const maxPauseMs = 60_000
/** How long before its end a value is fetched anew, at most half of its life, in milliseconds. */
const leadMs = 30_000

/** SECURITY: agents choose what is answered 401, and so they must not choose how often a source is asked, in milliseconds. */
const leastLifeMs = 30_000

/** The value that a source gave last. */
interface Present {
  readonly value: SecretValue
  readonly digest: string
  readonly fetchedAtMs: number
  readonly freshUntilMs: number
  readonly usableUntilMs: number
}

/** One source with its last good value. All who need it at one moment wait for one fetch. */
export class FetchedSource {
  readonly configured: ConfiguredSource
  readonly #clock: Pick<Clock, 'now'>
  #present: Present | undefined
  #generation = 0
  /** Of the value that a service did not take. */
  #dismissed: number | undefined
  #failure: { readonly error: CoatcheckError; readonly pauseUntilMs: number } | undefined
  /** In a row. */
  #failures = 0
  #pending: Promise<void> | undefined
  #cancel: AbortController | undefined

  constructor(configured: ConfiguredSource, clock: Pick<Clock, 'now'>) {
    this.configured = configured
    this.#clock = clock
  }

  /** Counts the values; another number is another value. 0: there has been none. */
  get generation(): number {
    return this.#generation
  }

  get fetchedAtMs(): number | undefined {
    return this.#present?.fetchedAtMs
  }

  get usableUntilMs(): number | undefined {
    return this.#present?.usableUntilMs
  }

  /** Why the last fetch failed; undefined where it did not. */
  get failure(): CoatcheckError | undefined {
    return this.#failure?.error
  }

  /** Undefined where there is nothing to wait for: the value is fresh, or the source just failed. Never rejects. */
  bring(): Promise<void> | undefined {
    const now = this.#now()
    if (this.#pending === undefined) {
      if (this.#present !== undefined && now < this.#present.freshUntilMs) return undefined
      if (this.#failure !== undefined && now < this.#failure.pauseUntilMs) return undefined
    }
    return this.refresh()
  }

  /** Fetches now, or waits for the fetch that is under way. Never rejects. */
  refresh(): Promise<void> {
    this.#pending ??= this.#ask().finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  /** The value, which stays the source's own, and until when it is used without asking. @throws CoatcheckError `source_unavailable` */
  present(): { readonly value: SecretValue; readonly untilMs: number } {
    const now = this.#now()
    const present = this.#present
    if (present !== undefined && now < present.usableUntilMs) {
      const untilMs = now < present.freshUntilMs ? present.freshUntilMs : (this.#failure?.pauseUntilMs ?? now)
      return { value: present.value, untilMs: Math.min(untilMs, present.usableUntilMs) }
    }
    // SECURITY: what is too old is gone, and not only unused.
    this.#wipe()
    throw this.failure ?? this.#named(sourceFailure('it was not asked yet'))
  }

  /** Says that a service did not take the value: it is fetched anew when it is used next, once for each value. */
  dismiss(): void {
    const present = this.#present
    const now = this.#now()
    if (present === undefined || !this.configured.source.mayChange || this.#dismissed === this.#generation) return
    if (now - present.fetchedAtMs < leastLifeMs) return
    this.#dismissed = this.#generation
    this.#present = { ...present, freshUntilMs: Math.min(present.freshUntilMs, now) }
  }

  /** Wipes the value, ends a fetch, and forgets what failed. */
  drop(): void {
    this.#cancel?.abort()
    this.#wipe()
    this.#failures = 0
    this.#failure = undefined
  }

  async #ask(): Promise<void> {
    const cancel = new AbortController()
    this.#cancel = cancel
    const { source, timeoutMs } = this.configured
    const signal = AbortSignal.any([cancel.signal, AbortSignal.timeout(timeoutMs)])
    const late = Promise.withResolvers<never>()
    const giveUp = () => late.reject(sourceFailure('it took too long'))
    signal.addEventListener('abort', giveUp, { once: true })
    const fetching = source.read(signal)
    try {
      const { value, expiresAt } = await Promise.race([fetching, late.promise])
      if (cancel.signal.aborted) value[Symbol.dispose]()
      else this.#keep(value, expiresAt)
    } catch (error) {
      // What comes after all is nothing that anybody waits for.
      fetching.then(
        ({ value }) => value[Symbol.dispose](),
        () => {},
      )
      if (!cancel.signal.aborted) this.#fail(error)
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  #keep(value: SecretValue, expiresAt: Date | undefined): void {
    const { source, freshForMs, maxAgeMs } = this.configured
    const now = this.#now()
    const endsMs = expiresAt?.getTime() ?? Number.MAX_SAFE_INTEGER
    if (!(endsMs > now)) {
      value[Symbol.dispose]()
      this.#fail(sourceFailure('the value had expired already'))
      return
    }
    const freshUntilMs = source.mayChange ? now + freshForMs : Number.MAX_SAFE_INTEGER
    const usableUntilMs = source.mayChange ? now + Math.max(maxAgeMs, freshForMs) : Number.MAX_SAFE_INTEGER
    const digest = value.use((bytes) => createHash('sha256').update(bytes).digest('hex'))
    if (digest !== this.#present?.digest) this.#generation += 1
    this.#present?.value[Symbol.dispose]()
    this.#present = {
      value,
      digest,
      fetchedAtMs: now,
      freshUntilMs: Math.min(freshUntilMs, endsMs - Math.min(leadMs, (endsMs - now) / 2)),
      usableUntilMs: Math.min(usableUntilMs, endsMs),
    }
    this.#failures = 0
    this.#failure = undefined
  }

  /** SECURITY: an unexpected error may quote a value; nothing of it is kept. */
  #fail(error: unknown): void {
    const known = error instanceof CoatcheckError && error.code === 'source_unavailable'
    this.#failures += 1
    const now = this.#now()
    const usableUntilMs = this.#present?.usableUntilMs ?? now
    const longer = Math.min(pauseMs * 2 ** (this.#failures - 1), maxPauseMs)
    // Once nothing is at hand any more, requests fail for as long as nobody asks.
    const pauseUntilMs = now < usableUntilMs ? Math.min(now + longer, usableUntilMs) : now + pauseMs
    const named = this.#named(known ? error : sourceFailure(reasonOf(error)))
    this.#failure = { error: named, pauseUntilMs }
  }

  #named(error: CoatcheckError): CoatcheckError {
    return new CoatcheckError('source_unavailable', { source: this.configured.name, ...error.facts })
  }

  #wipe(): void {
    this.#present?.value[Symbol.dispose]()
    this.#present = undefined
  }

  #now(): number {
    return this.#clock.now().getTime()
  }
}

/** A failed dial has a code of its own; whatever else is unexpected is a fault. */
function reasonOf(error: unknown): string {
  return error instanceof CoatcheckError ? error.code.replaceAll('_', ' ') : 'it failed'
}
