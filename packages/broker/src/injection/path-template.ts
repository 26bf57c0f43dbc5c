import { CoatcheckError } from '@coatcheck/contract'
import { canonicalTarget } from '../foundation/canonical-path.ts'
import { percentEncode } from './percent-encode.ts'
import { secretText } from './secret-text.ts'
import { parseValueTemplate, type ValueTemplate } from './value-template.ts'

/** A path with a place for the secret: literal segments, `*` for any one, `**` at the end for any number. */
export interface PathTemplate {
  /** What stands in the place for the secret, as it is written; undefined where the path does not fit. */
  valueIn(path: string): string | undefined
  /** A path that fits, with `text` in that place. */
  write(path: string, text: string): string
  /** The secret as it is written there. @throws CoatcheckError `secret_unusable` */
  text(secret: Uint8Array): string
}

/** Reads a template such as `/bot{{ value }}/**`; undefined when it is none. */
export function parsePathTemplate(text: string): PathTemplate | undefined {
  const [root, ...segments] = text.split('/')
  const open = segments.at(-1) === '**'
  if (open) segments.pop()
  const parsed = segments.map(parseSegment)
  const at = parsed.findIndex((segment) => typeof segment === 'object')
  const slot = parsed[at]
  const isValid = root === '' && parsed.every((segment) => segment !== undefined)
  if (!isValid || typeof slot !== 'object' || parsed.filter((segment) => typeof segment === 'object').length > 1) {
    return undefined
  }
  const { lead, tail } = slot
  return {
    valueIn(path) {
      const parts = path.split('/').slice(1)
      if (open ? parts.length < parsed.length : parts.length !== parsed.length) return undefined
      if (
        !parsed.every((segment, index) => typeof segment === 'object' || segment === '*' || segment === parts[index])
      ) {
        return undefined
      }
      const part = parts[at]!
      const fits = part.length >= lead.length + tail.length && part.startsWith(lead) && part.endsWith(tail)
      return fits ? part.slice(lead.length, part.length - tail.length) : undefined
    },
    write: (path, value) =>
      path
        .split('/')
        .with(at + 1, lead + value + tail)
        .join('/'),
    text: (secret) => pathText(secret, slot),
  }
}

/**
 * The secret as part of a path segment.
 * @throws CoatcheckError `secret_unusable` when a service could read another path out of it
 */
export function pathText(secret: Uint8Array, { lead, tail }: ValueTemplate = { lead: 'x', tail: 'x' }): string {
  // RFC 3986 §3.3 allows a colon, and services that take a token in the path have one in it.
  const text = percentEncode(secretText(secret, 'visible'), ':')
  const segment = `/${lead}${text}${tail}`
  const target = canonicalTarget(segment)
  // SECURITY: what policy saw must be what is sent, with another text in one segment; `%2F` parts segments at some services.
  if (text.includes('%2F') || 'refused' in target || target.path !== segment) {
    throw new CoatcheckError('secret_unusable', { reason: 'not fit for a path' })
  }
  return text
}

/** A literal, `*`, or the one with the secret; undefined when it is no canonical segment. */
function parseSegment(text: string): ValueTemplate | string | undefined {
  if (text === '*') return text
  const segment = parseValueTemplate(text)
  const letters = segment === undefined || typeof segment === 'string' ? segment : `${segment.lead}x${segment.tail}`
  if (letters === undefined || letters === '' || /[*?]/.test(letters)) return undefined
  const target = canonicalTarget(`/${letters}`)
  return 'refused' in target || target.path !== `/${letters}` ? undefined : segment
}
