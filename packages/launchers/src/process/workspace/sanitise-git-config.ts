import { holdsKnownToken, stripUserinfo } from './credential-shapes.ts'

/** Sections that hold no credentials and that programs need. The rest (http, credential, url, include, alias …) goes. */
const keptSections = new Set(
  `advice apply branch checkout clone color column core diff extensions feature fetch filter gc grep i18n index init lfs
   log maintenance merge pack pull push rebase receive remote rerere status submodule svn-remote tag transfer user
   versionsort worktree`.split(/\s+/),
)
const secretKey = /pass|secret|token|header|credential|askpass|cookie|sshcommand|proxy|vcs|uploadpack|receivepack/i
const header = /^\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]/

/**
 * A git configuration without anything that could be a credential: sections and keys that are not known to be harmless
 * go, comments go, and addresses lose their user part and query.
 */
export function sanitiseGitConfig(text: string): string {
  let kept = false
  const lines: string[] = []
  for (const line of logicalLines(text)) {
    const opened = header.exec(line)
    if (opened !== null) kept = keptSections.has((opened[1] ?? '').split('.')[0]?.toLowerCase() ?? '')
    const clean = kept ? cleanLine(line, opened?.[0] ?? '') : undefined
    if (clean !== undefined) lines.push(clean)
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

/** Folder of hooks that a configuration names (`core.hooksPath`), as written. */
export function hooksPathOf(text: string): string | undefined {
  let section = ''
  let found: string | undefined
  for (const line of logicalLines(text)) {
    const opened = header.exec(line)
    if (opened !== null) section = (opened[1] ?? '').toLowerCase()
    const rest = line.slice(opened?.[0].length ?? 0)
    const value = /^\s*hookspath\s*=\s*"?([^"#;]*?)"?\s*$/i.exec(rest)?.[1]
    if (section === 'core' && value !== undefined) found = value
  }
  return found
}

function cleanLine(line: string, opening: string): string | undefined {
  const rest = line.slice(opening.length).trim()
  if (/^[#;]/.test(rest)) return opening === '' ? undefined : stripUserinfo(opening)
  if (rest === '') return line.trim() === '' ? undefined : stripUserinfo(line)
  const key = /^[A-Za-z0-9-]+/.exec(rest)?.[0]
  const clean = stripUserinfo(line)
  if (key === undefined || secretKey.test(key) || clean === undefined || holdsKnownToken(clean)) {
    return opening === '' ? undefined : stripUserinfo(opening)
  }
  return clean
}

/** A backslash at the end of a line continues it. */
function logicalLines(text: string): string[] {
  return text.replaceAll('\r\n', '\n').replaceAll('\\\n', '').split('\n')
}
