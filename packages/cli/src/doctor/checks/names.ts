import { type Finding, finding } from '../finding.ts'
import type { ProbeReport } from '../probe-report.ts'

const check = 'names'

/** Whether the resolver inside gives the broker's own name, and no name of the world that nobody allowed. */
export function checkNames({ names }: Pick<ProbeReport, 'names'>): Finding {
  const given = names.filter(([name, outcome]) => outcome === 'resolved' && name !== ownName).map(([name]) => name)
  if (given.length > 0) {
    return finding(
      check,
      'failed',
      `inside, ${given.join(', ')} can be resolved`,
      'Do not run agents here; report this.',
    )
  }
  if (!names.some(([name, outcome]) => name === ownName && outcome === 'resolved')) {
    return finding(
      check,
      'failed',
      `inside, ${ownName} cannot be resolved`,
      'Report this, with the name of this system.',
    )
  }
  return finding(check, 'ok', 'the resolver inside gives no name that is not allowed')
}

/** The name of the broker itself. */
export const ownName = 'coatcheck.internal'
