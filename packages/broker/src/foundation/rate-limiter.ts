import type { Clock } from './clock.ts'

/** How much one key may do. */
export interface RateLimit {
  /** At once, after a pause. */
  readonly burst: number
  /** In the long run. */
  readonly perSecond: number
}

interface Bucket {
  tokens: number
  atMs: number
}

const maxBuckets = 10_000
/** Where keys end up that come when there is no more room. */
const crowd = ''

/** Token buckets by key. Their number is bounded: beyond it, new keys share one. */
export class RateLimiter {
  readonly #clock: Clock
  readonly #limit: RateLimit
  readonly #buckets = new Map<string, Bucket>()

  constructor(clock: Clock, limit: RateLimit) {
    this.#clock = clock
    this.#limit = limit
  }

  /** Undefined when `key` may go on; otherwise the seconds, rounded up, after which it may. */
  take(key: string): number | undefined {
    const bucket = this.#bucket(key)
    if (bucket.tokens >= 1) {
      bucket.tokens -= 1
      return undefined
    }
    return Math.max(1, Math.ceil((1 - bucket.tokens) / this.#limit.perSecond))
  }

  #bucket(key: string): Bucket {
    const { burst, perSecond } = this.#limit
    const now = this.#clock.monotonicMs()
    if (!this.#buckets.has(key) && this.#buckets.size >= maxBuckets) this.#sweep(now)
    const owner = this.#buckets.has(key) || this.#buckets.size < maxBuckets ? key : crowd
    const bucket = this.#buckets.get(owner) ?? { tokens: burst, atMs: now }
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.atMs) / 1000) * perSecond)
    bucket.atMs = now
    this.#buckets.set(owner, bucket)
    return bucket
  }

  /** Forgets the buckets that are full again. */
  #sweep(now: number): void {
    const { burst, perSecond } = this.#limit
    for (const [key, { tokens, atMs }] of this.#buckets) {
      if (tokens + ((now - atMs) / 1000) * perSecond >= burst) this.#buckets.delete(key)
    }
  }
}
