import type { NetworkRule } from '@coatcheck/contract'
import { parseDestinationPattern } from '../foundation/destination-pattern.ts'
import type { DestinationMatcher } from './egress-policy.ts'

/** Matches every host, on https and port 443. */
const everyHost: DestinationMatcher = { scheme: 'https', port: 443, matchesHost: () => true }

/**
 * The matcher of a network rule. No secret follows such a rule, so clear text and shared suffixes may be written.
 * @throws CoatcheckError `scope_invalid`
 */
export function networkMatcher(to: NetworkRule['to']): DestinationMatcher {
  return to === '*' ? everyHost : parseDestinationPattern(to, { clearText: true, sharedSuffix: true })
}
