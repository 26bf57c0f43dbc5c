/** Why a request target has no canonical form. */
export type TargetFault =
  | 'not_origin_form'
  | 'fragment'
  | 'raw_character'
  | 'invalid_percent'
  | 'encoded_control'
  | 'backslash'
  | 'double_encoding'
  | 'invalid_utf8'
  | 'empty_segment'
  | 'dot_segment'

/** Where on a host a request goes; the one form that policy reads, injectors write and the upstream receives. */
export interface CanonicalTarget {
  /** Begins with `/`. */
  readonly path: string
  /** Query with its `?`, or the empty string. */
  readonly query: string
}

/** A request target that two readers could take for different paths. */
export interface RefusedTarget {
  /** Goes into the facts of `path_ambiguous`. */
  readonly refused: TargetFault
  /** What it is for a service that takes paths as they are, where nothing but empty segments or double encoding is against it. */
  readonly literal?: CanonicalTarget
}

const unreserved = /^[A-Za-z0-9._~-]$/
const triplet = /%[0-9A-Fa-f]{2}/g
/** A percent sign that was encoded once or more, and that hides a dot, a slash, a backslash or a control. */
const hidden = /%(?:25)+(?:2[EF]|5C|7F|[01][0-9A-F])/i
const allHidden = new RegExp(hidden.source, 'gi')
const separator = /\/|%2F/
/** Not allowed in a path (RFC 3986 §3.3), but sent by real clients; no reader takes them for something else. */
const unwise = /["<>[\]^`{|}]/g

/**
 * The one canonical form of an origin-form target, or why it has none. Percent-encoded letters, digits, `-`, `.`, `_`
 * and `~` become themselves, other triplets get upper-case digits; nothing else is decoded, in path and query alike, so
 * no credential hides behind an encoding.
 *
 * `%2F` stays, since clients need it (`/@scope%2Fname` of npm, object names, GitLab projects), and never separates
 * segments; but a dot segment is found behind it too, for services that decode before they split. Refused because readers
 * differ: dot segments in any encoding or with parameters (`..;x`), empty segments (so a leading `//` is no authority),
 * backslashes, encoded controls, bytes that are not UTF-8 (overlong dots), double encoding of any of these, raw
 * characters outside ASCII, fragments, and every other form of target.
 */
export function canonicalTarget(requestTarget: string): CanonicalTarget | RefusedTarget {
  if (!requestTarget.startsWith('/')) return { refused: 'not_origin_form' }
  const mark = requestTarget.indexOf('?')
  const rawPath = mark < 0 ? requestTarget : requestTarget.slice(0, mark)
  const rawQuery = mark < 0 ? '' : requestTarget.slice(mark)
  const refused = faultOfText(requestTarget)
  if (refused !== undefined) return { refused }
  const path = normalizeTriplets(rawPath).replace(unwise, encodeURIComponent)
  const fault = faultOfPath(path)
  const target = { path, query: normalizeTriplets(rawQuery) }
  if (fault === undefined) return target
  return isLiteral(path) ? { refused: fault, literal: target } : { refused: fault }
}

/**
 * Whether a path has no fault but those that are none where paths are names: empty segments, except at the beginning, and
 * what was encoded twice.
 */
function isLiteral(path: string): boolean {
  return !path.startsWith('//') && faultOfPath(path.replace(allHidden, 'x').replace(/\/{2,}/g, '/')) === undefined
}

function faultOfText(text: string): TargetFault | undefined {
  if (text.includes('#')) return 'fragment'
  if (/[^\x21-\x7e]/.test(text)) return 'raw_character'
  return /%(?![0-9A-Fa-f]{2})/.test(text) ? 'invalid_percent' : undefined
}

function normalizeTriplets(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(triplet, (found) => {
    const character = String.fromCharCode(Number.parseInt(found.slice(1), 16))
    return unreserved.test(character) ? character : found.toUpperCase()
  })
}

function faultOfPath(path: string): TargetFault | undefined {
  if (path.includes('\\') || path.includes('%5C')) return 'backslash'
  // SECURITY: what follows reads the path as the most lenient service might; if that finds another path, it is refused.
  if (path.includes('%')) {
    if (/%(?:7F|[01][0-9A-F])/.test(path)) return 'encoded_control'
    if (hidden.test(path)) return 'double_encoding'
    if (!isUtf8(path)) return 'invalid_utf8'
  }
  if (path.includes('//')) return 'empty_segment'
  return path.split(separator).some(isDotSegment) ? 'dot_segment' : undefined
}

/** Some services drop parameters (`;x`) before they resolve dot segments. */
function isDotSegment(segment: string): boolean {
  return /^\.{1,2}(?:;|%3B|$)/.test(segment)
}

function isUtf8(path: string): boolean {
  if (!/%[89A-F]/.test(path)) return true
  try {
    decodeURIComponent(path)
    return true
  } catch {
    // The only reason to throw, since every triplet is valid: bytes that form no character.
    return false
  }
}
