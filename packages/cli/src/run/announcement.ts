import type { GrantView } from '@coatcheck/contract'
import type { WorkspaceReport } from '@coatcheck/launchers'

const maxNames = 6

/** What a person should know before the command begins. */
export interface Announcement {
  readonly profile: string
  readonly grants: readonly GrantView[]
  readonly withheld: readonly string[]
  /** Variables that were handed on as they are. */
  readonly passed: readonly string[]
  /** Tools whose credential files stay outside, and could be protected. */
  readonly unprotected?: readonly string[]
  /** Absent where nothing of the host is hidden. */
  readonly workspace?: WorkspaceReport
}

/** One line: what is protected, and for which hosts; what of the host is hidden, read-only or shown; what was withheld. */
export function announcementLine(announcement: Announcement, home = ''): string {
  const { profile, grants, withheld, passed, workspace, unprotected = [] } = announcement
  const protectedOnes = grants.map(({ env, to }) => `${env} → ${shorten(to)}`)
  const { masked, readOnly, tools } = workspace ?? { masked: [], readOnly: [], tools: [] }
  const parts = [
    protectedOnes.length === 0 ? 'no secret in the sandbox' : `protected: ${protectedOnes.join('; ')}`,
    masked.length > 0 ? `masked: ${shorten(masked)}` : '',
    readOnly.length > 0 ? `read-only: ${shorten(readOnly)}` : '',
    tools.length > 0 ? `tools: ${shorten(tools.map((path) => withTilde(path, home)))}` : '',
    passed.length > 0 ? `passed as they are: ${shorten(passed)}` : '',
    withheld.length > 0 ? `withheld: ${withheld.length} variables (${shorten(withheld)})` : '',
    unprotected.length > 0 ? `logins outside: --files ${unprotected.join(',')} would protect them` : '',
    `profile: ${profile}`,
  ]
  return parts.filter((part) => part !== '').join(' | ')
}

function shorten(names: readonly string[]): string {
  const unique = [...new Set(names)]
  const rest = unique.length - maxNames
  return unique.slice(0, maxNames).join(', ') + (rest > 0 ? ` and ${rest} more` : '')
}

function withTilde(path: string, home: string): string {
  return home !== '' && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path
}
