import type { HeadFault } from './head-fault.ts'
import type { HeaderField } from './header-field.ts'
import { endOfToken, endOfValue } from './octets.ts'

/** Most fields that a head or a trailer section may have. */
const maxFields = 200

const tab = 0x09
const lf = 0x0a
const cr = 0x0d
const space = 0x20
const colon = 0x3a

/** Reads the field lines from `start` on, up to and including the empty line, with which the text must end. */
export function parseFields(text: string, start: number): HeaderField[] | HeadFault {
  const fields: HeaderField[] = []
  let at = start
  while (text.charCodeAt(at) !== cr) {
    if (fields.length === maxFields) return { fault: 'too_many_fields' }
    // SECURITY: a name is a token and nothing else: no space before the colon, no continuation of the line before.
    const nameEnd = endOfToken(text, at)
    if (nameEnd === at || text.charCodeAt(nameEnd) !== colon) return { fault: 'field_name' }
    const valueStart = skipBlanks(text, nameEnd + 1)
    const lineEnd = endOfValue(text, valueStart)
    // SECURITY: only CRLF ends a line; a bare CR or LF, NUL and other controls are line ends to some readers.
    if (text.charCodeAt(lineEnd) !== cr || text.charCodeAt(lineEnd + 1) !== lf) return { fault: 'field_value' }
    const name = nameOf(text, at, nameEnd)
    const valueEnd = trimBlanks(text, valueStart, lineEnd)
    // SECURITY: blanks behind a framing field are nothing that a client sends, and readers differ in whether they belong to it.
    if (valueEnd !== lineEnd && isFramingName(name)) return { fault: 'field_value' }
    fields.push({ name, value: text.slice(valueStart, valueEnd) })
    at = lineEnd + 2
  }
  if (text.charCodeAt(at + 1) !== lf || at + 2 !== text.length) return { fault: 'field_name' }
  return fields
}

/** Longest name that is worth keeping, in characters. */
const maxKeptName = 40
const slots = 512
const names: string[] = Array.from({ length: slots }, () => '')

/** The same string for a name that was read lately: none is made then, and tables find it without reading it again. */
function nameOf(text: string, start: number, end: number): string {
  const length = end - start
  const slot =
    (length * 37 +
      text.charCodeAt(start) * 5 +
      text.charCodeAt(end - 1) * 11 +
      text.charCodeAt(start + (length >> 1))) %
    slots
  const known = names[slot]!
  if (known.length === length && text.startsWith(known, start)) return known
  const name = text.slice(start, end)
  // SECURITY: a copy, since a part of a text keeps all of it in memory, and with it whatever else a head says.
  if (length <= maxKeptName) names[slot] = Buffer.from(name, 'latin1').toString('latin1')
  return name
}

function isFramingName(name: string): boolean {
  if (name.length !== 14 && name.length !== 17) return false
  const key = name.toLowerCase()
  return key === 'content-length' || key === 'transfer-encoding'
}

function skipBlanks(text: string, start: number): number {
  let at = start
  while (isBlank(text.charCodeAt(at))) at += 1
  return at
}

function trimBlanks(text: string, start: number, end: number): number {
  let at = end
  while (at > start && isBlank(text.charCodeAt(at - 1))) at -= 1
  return at
}

function isBlank(octet: number): boolean {
  return octet === space || octet === tab
}
