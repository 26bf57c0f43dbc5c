/** Time as the broker sees it; tests bring their own. */
export interface Clock {
  /** Wall clock, never earlier than any instant that this installation has seen before. */
  now(): Date
  /** Milliseconds of a clock that only goes forward; for durations. */
  monotonicMs(): number
}

/** The machine's own clock, without a memory. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
}
