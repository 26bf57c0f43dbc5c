import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CoatcheckError, type SafeFacts } from '@coatcheck/contract'

const journalFile = /^(jrn_[0-9a-z]{20})\.jsonl$/

/** Makes the directory of the journals, or checks that it is one of ours, mode 0700. @throws CoatcheckError `audit_unavailable` */
export function prepareJournalDirectory(directory: string): void {
  const refuse = (reason: string, options?: ErrorOptions): never => {
    const facts: SafeFacts = { directory, reason }
    throw new CoatcheckError('audit_unavailable', facts, options)
  }
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const found = lstatSync(directory)
    // SECURITY: whoever else could write here could also remove what was recorded.
    if (!found.isDirectory()) refuse('not a directory of its own')
    if (found.uid !== process.geteuid?.()) refuse('belongs to another user')
    if ((found.mode & 0o777) !== 0o700) chmodSync(directory, 0o700)
  } catch (error) {
    if (error instanceof CoatcheckError) throw error
    refuse((error as NodeJS.ErrnoException).code ?? 'unknown', { cause: error })
  }
}

/** Ids of the journals in a directory, in no meaningful order; none when the directory is missing. */
export function listJournals(directory: string): readonly string[] {
  let names: readonly string[]
  try {
    names = readdirSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  return names.flatMap((name) => journalFile.exec(name)?.[1] ?? []).sort()
}

/** True for the id of a journal, as far as its form tells. */
export function isJournalId(text: string): boolean {
  return journalFile.test(`${text}.jsonl`)
}

/** Path of a journal's file. */
export function journalPath(directory: string, journal: string): string {
  return join(directory, `${journal}.jsonl`)
}
