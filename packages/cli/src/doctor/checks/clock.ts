import type { Checkup } from '@coatcheck/contract'
import { type Finding, finding } from '../finding.ts'

const check = 'clock'

/** Whether the machine's clock can be relied on for what expires. */
export function checkClock({ clock }: Pick<Checkup, 'clock'>): Finding {
  if (clock === 'ok') return finding(check, 'ok', 'the clock has not gone back')
  const remedy = 'Set the clock right; if it was ahead before, run `coatcheck vault confirm-rollback`.'
  return finding(check, 'failed', 'the clock is behind what it was, so nothing is let through', remedy)
}
