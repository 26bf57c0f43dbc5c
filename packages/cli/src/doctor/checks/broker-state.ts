import type { BrokerStatus } from '@coatcheck/contract'
import { type Finding, finding } from '../finding.ts'

/** Whether vault, journal and workers are ready for use. */
export function checkBrokerState({ faults, vault, journal, workers }: BrokerStatus): readonly Finding[] {
  return [vaultFinding(vault), journalFinding(journal), ...workerFindings(workers), ...faultFindings(faults)]
}

function vaultFinding(vault: BrokerStatus['vault']): Finding {
  if (vault === 'unlocked') return finding('vault', 'ok', 'the vault is unlocked')
  if (vault === 'locked') return finding('vault', 'failed', 'the vault is locked', 'Run `coatcheck vault unlock`.')
  return finding(
    'vault',
    'failed',
    'the database is older than the last one that was written',
    'If you restored a backup on purpose, run `coatcheck vault confirm-rollback`.',
  )
}

function journalFinding(journal: BrokerStatus['journal']): Finding {
  if (journal === 'ok') return finding('journal', 'ok', 'the audit journal can be written')
  return finding('journal', 'failed', 'the audit journal cannot be written', 'Free space on the disk that holds it.')
}

function workerFindings(workers: BrokerStatus['workers']): readonly Finding[] {
  if (workers === undefined) return []
  const { count, restarts, running } = workers
  const says = `${running} of ${count} workers listen`
  const remedy = 'The broker’s log says what ended the others; they are started again.'
  if (running < count) return [finding('workers', running === 0 ? 'failed' : 'warning', says, remedy)]
  if (restarts === 0) return [finding('workers', 'ok', says)]
  return [finding('workers', 'warning', `${says}; started again ${restarts} times`, 'The broker’s log says why.')]
}

function faultFindings(faults: number): readonly Finding[] {
  if (faults === 0) return []
  const says = `${faults} unexpected errors since the broker started; each denied what it came up in`
  return [finding('faults', 'warning', says, 'Report what the broker’s log has of them.')]
}
