import { CoatcheckError } from '@coatcheck/contract'
import { canonicalTarget } from '../../foundation/canonical-path.ts'
import { maskCredentials } from '../../foundation/mask-credentials.ts'
import { decodePath } from './path-readings.ts'
import { fitsWildcard } from './wildcard.ts'

/** Segments of a pattern at most. */
const maxSegments = 32

/** A pattern of paths in the form in which both ways of reading compare it. */
export interface PathPattern {
  readonly text: string
  /** As they are written. */
  readonly exact: readonly string[]
  /** Decoded, and in lower case. */
  readonly lenient: readonly string[]
}

/** Reads a pattern of canonical paths. @throws CoatcheckError `rule_invalid` with facts `path`, `reason` and `hint` */
export function parsePathPattern(text: string): PathPattern {
  const target = canonicalTarget(text)
  if ('refused' in target)
    throw invalid(text, `the path can be read in two ways: ${target.refused}`, 'Write a plain path.')
  if (target.query !== '') throw invalid(text, 'a path has no query', 'Write parameters under `query`.')
  if (/%2A/i.test(target.path)) throw invalid(text, 'a star is not encoded', 'Write `*`.')
  const exact = segmentsOf(target.path)
  if (exact.length > maxSegments) throw invalid(text, `it has more than ${maxSegments} segments`, 'End it with `/**`.')
  if (exact.some((segment) => segment !== '**' && segment.includes('**')))
    throw invalid(text, '`**` is a segment of its own', 'Write `/**/` or `*`.')
  const lenient = segmentsOf(
    decodePath(target.path)
      .toLowerCase()
      .replace(/(?<=.)\/+$/, ''),
  )
  return { text: target.path, exact, lenient }
}

/** A path, or a pattern of paths, by segments. */
export function segmentsOf(path: string): readonly string[] {
  return path.slice(1).split('/')
}

/**
 * Whether a pattern covers a canonical path as it stands. SECURITY: what `*` stands for has neither an encoded slash nor a parameter,
 * since some services take these for the end of a segment.
 */
export function fitsExactly({ exact }: PathPattern, path: readonly string[]): boolean {
  return fits(exact, path, fitsPlainSegment)
}

/** Whether a pattern covers one of the ways in which a service may read a path. */
export function fitsLeniently({ lenient }: PathPattern, reading: readonly string[]): boolean {
  return fits(lenient, reading, (pattern, segment) => pattern === segment || fitsWildcard(pattern, segment))
}

function fitsPlainSegment(pattern: string, segment: string): boolean {
  if (!pattern.includes('*')) return pattern === segment
  return segment !== '' && !/%2F|%3B|;/.test(segment) && fitsWildcard(pattern, segment)
}

/** Goes back to the last `**` alone, so the work is the product of both lengths at most. */
function fits(
  pattern: readonly string[],
  path: readonly string[],
  fitsSegment: (pattern: string, segment: string) => boolean,
): boolean {
  let [at, next] = [0, 0]
  let deep: { readonly at: number; next: number } | undefined
  while (next < path.length) {
    const part = pattern[at]
    if (part === '**') {
      deep = { at, next }
      at += 1
    } else if (part !== undefined && fitsSegment(part, path[next]!)) {
      at += 1
      next += 1
    } else if (deep !== undefined) {
      deep.next += 1
      at = deep.at + 1
      next = deep.next
    } else return false
  }
  while (pattern[at] === '**') at += 1
  return at === pattern.length
}

function invalid(path: string, reason: string, hint: string): CoatcheckError {
  // What was cut is not known for a credential any more.
  return new CoatcheckError('rule_invalid', { path: maskCredentials(path).slice(0, 200), reason, hint })
}
