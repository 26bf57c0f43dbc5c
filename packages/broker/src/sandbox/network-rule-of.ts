import type { NetworkRule } from '@coatcheck/contract'

/** A network rule as it is kept, of one that may have been written as its host alone. */
export function networkRuleOf(rule: string | NetworkRule): NetworkRule {
  return typeof rule === 'string' ? { to: rule } : rule
}
