import { lstatSync } from 'node:fs'
import { CoatcheckError } from '@coatcheck/contract'
import { usualApprovalSettings } from '../approvals/approval-settings.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { readPrivateFile } from '../vault/private-file.ts'
import { type Home, homePaths } from './home.ts'
import type { ConfiguredApprovals } from './read-approvals.ts'

/** Longest file, in bytes. */
const maxBytes = 65_536

/**
 * Reads what a home says of approvals; the usual where it says nothing. SECURITY: who writes this file decides who approves, so it
 * lies beside the key, and one that is a link, of somebody else, or open to others is refused. Keys stand in files of their own.
 * @throws CoatcheckError `settings_invalid`
 */
export async function loadApprovals(home: Home, upstream: Upstream): Promise<ConfiguredApprovals> {
  const { approvals: path } = homePaths(home)
  const text = textOf(path, (reason) => new CoatcheckError('settings_invalid', { path, reason }))
  // Whoever says nothing does not pay for what reads it.
  if (text === undefined) return { settings: usualApprovalSettings, webhooks: [], summary: '' }
  const { readApprovals } = await import('./read-approvals.ts')
  return readApprovals(text, path, upstream)
}

function textOf(path: string, refuse: (reason: string) => Error): string | undefined {
  try {
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined
    const content = readPrivateFile(path, maxBytes)
    if (content.length > maxBytes) throw refuse('it is too large')
    return new TextDecoder('utf-8', { fatal: true }).decode(content)
  } catch (error) {
    // A folder that cannot be looked into holds the key as well, and is refused in better words when the home is opened.
    if (['EACCES', 'ELOOP', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    if (error instanceof CoatcheckError) throw refuse(String(error.facts['reason'] ?? 'it cannot be read'))
    throw refuse(error instanceof TypeError ? 'it is not UTF-8' : 'it cannot be read')
  }
}
