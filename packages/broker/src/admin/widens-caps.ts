import type { Cap } from '@coatcheck/contract'
import { spanOf } from '../caps/standing-cap.ts'

/** Whether `after` may let more through than `before`. Whatever is not sure to be the same or narrower counts as wider. */
export function widensCaps(before: readonly Cap[], after: readonly Cap[]): boolean {
  return !before.every((known) => after.some((cap) => isWithin(cap, known)))
}

function isWithin(after: Cap, before: Cap): boolean {
  const { perRequest: most = Number.POSITIVE_INFINITY } = before
  return (
    spanOf(after) === spanOf(before) &&
    after.rolling === before.rolling &&
    after.breaker === before.breaker &&
    after.limit <= before.limit &&
    (after.perRequest ?? Number.POSITIVE_INFINITY) <= most
  )
}
