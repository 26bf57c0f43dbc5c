import type { Checkup } from '@coatcheck/contract'
import { type Finding, finding } from '../finding.ts'

/** Sandboxes that a broker left behind when it died. */
export function checkLeftovers({ leftovers }: Pick<Checkup, 'leftovers'>): readonly Finding[] {
  return leftovers.map(({ id, name }) =>
    finding(
      'leftovers',
      'warning',
      `the sandbox ${name} counts as alive, and its broker is gone`,
      `Run \`coatcheck sandbox delete ${id}\`.`,
    ),
  )
}
