import { fitsWildcard } from '../../policy/rules/wildcard.ts'

/** What git asks a service to run. */
export interface GitCommand {
  readonly verb: 'git-upload-pack' | 'git-receive-pack' | 'git-upload-archive'
  /** As the client wrote it, without its quotes. */
  readonly repository: string
}

/** Longest command, in characters; paths on servers end at 4,096. */
const maxCommandLength = 4_200
/** SECURITY: the whole of a command. Nothing that a shell reads is among these characters, and so nothing has to be taken out of quotes. */
const commandForm = /^(git-upload-pack|git-receive-pack|git-upload-archive) '([A-Za-z0-9._~+@/-]+)'$/

/** Reads a command of git; undefined for every other one. */
export function readGitCommand(text: string): GitCommand | undefined {
  if (text.length > maxCommandLength) return undefined
  const [, verb, repository = ''] = commandForm.exec(text) ?? []
  if (verb === undefined || repository.startsWith('-')) return undefined
  const segments = segmentsOf(repository)
  // SECURITY: no way up, and one spelling for each place, so that patterns are compared with what the service sees.
  if (segments.length === 0 || segments.some((segment) => /^\.{0,2}$/.test(segment))) return undefined
  return { verb: verb as GitCommand['verb'], repository }
}

/** A command as it is sent to a service. */
export function writeGitCommand({ verb, repository }: GitCommand): string {
  return `${verb} '${repository}'`
}

/**
 * Whether a pattern stands for a repository: `*` for any characters of one segment, `**` for any segments. A slash at the start of the
 * pattern demands one; without it there may be one. `.git` at the end need not be written.
 */
export function fitsRepository(pattern: string, repository: string): boolean {
  if (pattern.startsWith('/') && !repository.startsWith('/')) return false
  return fitSegments(segmentsOf(pattern), segmentsOf(repository))
}

function fitSegments(patterns: readonly string[], segments: readonly string[]): boolean {
  const [pattern, ...others] = patterns
  if (pattern === undefined) return segments.length === 0
  if (pattern === '**') return segments.some((_, index) => fitSegments(others, segments.slice(index + 1)))
  const [segment, ...rest] = segments
  // SECURITY: no star stands for somebody’s home, which is another place on another server.
  if (segment === undefined || (segment.startsWith('~') && !pattern.startsWith('~'))) return false
  return fitsWildcard(pattern, segment) && fitSegments(others, rest)
}

/** The segments of a path, without the ending that git finds by itself. */
function segmentsOf(path: string): readonly string[] {
  const inner = path.replace(/^\//, '').replace(/\/$/, '')
  return inner === '' ? [] : inner.replace(/(?<=[^/])\.git$/, '').split('/')
}
