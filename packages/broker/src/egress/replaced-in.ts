import type { Found } from '../scrubbing/scrubber.ts'
import type { Outcome } from './exchange.ts'

/** What the record of an outcome says of what was replaced in the response. */
export function replacedIn(found: Found | undefined): Pick<Outcome, 'scrubbed' | 'newKeys'> {
  if (found === undefined) return {}
  const { hits, newKeys } = found
  return { ...(hits > 0 && { scrubbed: hits }), ...(newKeys > 0 && { newKeys }) }
}
