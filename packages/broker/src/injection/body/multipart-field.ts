import { canonicalParameterName } from '../canonical-names.ts'
import { spellName } from '../query-parameters.ts'
import type { BodyFault, BodyFinding, BodySpan } from './body-place.ts'
import { isUtf8, parseContentType } from './content-type.ts'

/** RFC 2046 §5.1.1, without spaces. */
const boundaryText = /^[0-9A-Za-z'()+_,\-./:=?]{1,70}$/
const lineBreak = Buffer.from('\r\n')
const headEnd = Buffer.from('\r\n\r\n')
/** `name` and `filename` of a part, in the order in which clients write them. */
const disposition = /^form-data; ?name="([^"\\\r\n]*)"(; ?filename\*?=.*)?$/i

/** Most parts of one body. */
const maxParts = 1_000

interface Part {
  readonly name: string
  readonly isText: boolean
  readonly content: BodySpan
}

/** Whether this can part a body. */
export function isBoundary(text: string | undefined): text is string {
  return text !== undefined && boundaryText.test(text)
}

/** The content of one field of a `multipart/form-data` body (RFC 7578). */
export function findMultipartField(body: Buffer, boundary: string, name: string): BodyFinding {
  const parts = partsOf(body, boundary)
  if ('reason' in parts) return parts
  const canonical = canonicalParameterName(name)
  const [named, ...others] = parts.filter((part) => spellName(part.name) === canonical)
  if (named === undefined) return undefined
  // SECURITY: with a second spelling of the name, services differ on which one counts.
  if (others.length > 0) return { reason: 'the field stands there twice, or in two spellings' }
  if (named.name !== name) return { reason: 'the field is not spelled as in the scope' }
  if (!named.isText) return { reason: 'the field is a file, or encoded' }
  const { start, end } = named.content
  return start === end ? undefined : { span: { start, end }, text: body.toString('latin1', start, end) }
}

/** SECURITY: only what every reader parts in the same way: nothing before the first boundary, and nothing behind the last. */
function partsOf(body: Buffer, boundary: string): Part[] | BodyFault {
  const delimiter = Buffer.from(`--${boundary}`, 'latin1')
  const inner = Buffer.concat([lineBreak, delimiter])
  const parts: Part[] = []
  if (body.indexOf(delimiter) !== 0) return malformed
  for (let at = delimiter.length; parts.length <= maxParts; ) {
    const rest = body.toString('latin1', at, at + 4)
    if (rest === '--' || rest === '--\r\n') return at + rest.length === body.length ? parts : malformed
    const headAt = at + lineBreak.length
    const end = body.indexOf(inner, at)
    const contentAt = body.indexOf(headEnd, at) + headEnd.length
    if (!rest.startsWith('\r\n') || end < 0 || contentAt < headEnd.length || contentAt > end) return malformed
    const part = readPart(body.toString('latin1', headAt, contentAt - headEnd.length), { start: contentAt, end })
    if (part === undefined) return malformed
    parts.push(part)
    at = end + inner.length
  }
  return malformed
}

function readPart(head: string, content: BodySpan): Part | undefined {
  const fields = new Map<string, string>()
  for (const line of head.split('\r\n')) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*)$/.exec(line) ?? []
    if (name === undefined || value === undefined || fields.has(name.toLowerCase())) return undefined
    fields.set(name.toLowerCase(), value.trim())
  }
  const [, name, file] = disposition.exec(fields.get('content-disposition') ?? '') ?? []
  if (name === undefined) return undefined
  const isPlain = !fields.has('content-transfer-encoding') && isPlainText(fields.get('content-type'))
  return { name, isText: file === undefined && isPlain, content }
}

function isPlainText(value: string | undefined): boolean {
  if (value === undefined) return true
  const type = parseContentType(value)
  return type?.type === 'text/plain' && isUtf8(type)
}

const malformed: BodyFault = { reason: 'it is no well-formed multipart/form-data' }
