import type { Clock } from './clock.ts'

/** What the journal says something has taken: milliseconds, in tenths. @param startedAtMs an instant of the clock's `monotonicMs` */
export function latencySince(startedAtMs: number, clock: Pick<Clock, 'monotonicMs'>): number {
  return Math.round((clock.monotonicMs() - startedAtMs) * 10) / 10
}
