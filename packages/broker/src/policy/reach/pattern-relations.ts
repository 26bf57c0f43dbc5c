import { fitsWildcard } from '../rules/wildcard.ts'

type Covers = (outer: string, inner: string) => boolean

/**
 * Whether every path of the one pattern, both by segments, is one of the other. `false` where that cannot be said.
 * @param isLenient whether `outer` is one that forbids, and so fits segments that one which allows does not
 */
export function coversPath(outer: readonly string[], inner: readonly string[], isLenient: boolean): boolean {
  return covers(outer, 0, inner, 0, isLenient ? coversAnySegment : coversPlainSegment)
}

/** Whether no path is one of both patterns, by segments, as rules that allow read them. `false` where that cannot be said. */
export function areApart(one: readonly string[], other: readonly string[]): boolean {
  const deep = [one, other].some((each) => each.includes('**'))
  if (!deep && one.length !== other.length) return true
  for (const [at, segment] of one.entries()) {
    const opposite = other[at]
    if (segment === '**' || opposite === '**' || opposite === undefined) return false
    if (areSegmentsApart(segment, opposite)) return true
  }
  return false
}

function covers(outer: readonly string[], at: number, inner: readonly string[], next: number, fits: Covers): boolean {
  const part = outer[at]
  if (next === inner.length) return outer.slice(at).every((each) => each === '**')
  if (part === undefined) return false
  if (part === '**') {
    if (at === outer.length - 1) return true
    return covers(outer, at + 1, inner, next, fits) || covers(outer, at, inner, next + 1, fits)
  }
  const segment = inner[next]!
  return segment !== '**' && fits(part, segment) && covers(outer, at + 1, inner, next + 1, fits)
}

function coversAnySegment(outer: string, inner: string): boolean {
  if (outer === inner || outer === '*') return true
  return !inner.includes('*') && fitsWildcard(outer, inner)
}

/** What stands for a star has no encoded slash and no parameter, and is not empty. */
function coversPlainSegment(outer: string, inner: string): boolean {
  if (outer === inner) return true
  if (inner === '' || /%2F|%3B|;/.test(inner) || !outer.includes('*')) return false
  return outer === '*' || (!inner.includes('*') && fitsWildcard(outer, inner))
}

function areSegmentsApart(one: string, other: string): boolean {
  const [oneOpen, otherOpen] = [one.includes('*'), other.includes('*')]
  if (!oneOpen && !otherOpen) return one !== other
  if (oneOpen && otherOpen) return false
  return oneOpen ? !fitsWildcard(one, other) : !fitsWildcard(other, one)
}
