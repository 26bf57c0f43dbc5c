import type { HeaderField } from '../../http/header-field.ts'
import { endOfToken, endOfValue } from '../../http/octets.ts'

/** Fields that HTTP/2 has no place for (RFC 9113 §8.2.2): a peer that reads them as HTTP/1.1 would frame the message by them. */
const connectionSpecific = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

/** Node's flat list of a header block as fields, without the pseudo-fields. */
export function fieldsOf(raw: readonly string[]): HeaderField[] {
  const fields: HeaderField[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index]!
    if (name.charCodeAt(0) !== colon) fields.push({ name, value: raw[index + 1]! })
  }
  return fields
}

/** What is wrong with fields that came over HTTP/2, if something is. */
export function fieldsFault(fields: readonly HeaderField[]): string | undefined {
  for (const { name, value } of fields) {
    if (!isName(name)) return 'field_name'
    if (connectionSpecific.has(name)) return 'connection_field'
    // SECURITY: what is one value here must not become two lines where the message goes on as HTTP/1.1.
    if (endOfValue(value, 0) !== value.length || isPadded(value)) return 'field_value'
    if (name === 'te' && value.toLowerCase() !== 'trailers') return 'connection_field'
  }
  return undefined
}

/**
 * Appends fields to Node's flat list, with names in lower case.
 * @throws RangeError over a name or a value that would not stay in its place
 */
export function appendFields(raw: string[], fields: readonly HeaderField[]): void {
  for (const { name, value } of fields) {
    const key = name.toLowerCase()
    if (!isName(key)) throw new RangeError('not a field name')
    if (endOfValue(value, 0) !== value.length) throw new RangeError('not a field value')
    raw.push(key, value)
  }
}

/** Fields as the object that Node takes where it takes no list; repeated ones have several values. */
export function fieldsByName(fields: readonly HeaderField[]): Record<string, string[]> {
  const raw: string[] = []
  appendFields(raw, fields)
  const byName: Record<string, string[]> = {}
  for (let index = 0; index < raw.length; index += 2) {
    byName[raw[index]!] ??= []
    byName[raw[index]!]!.push(raw[index + 1]!)
  }
  return byName
}

const colon = 0x3a

function isName(name: string): boolean {
  return name.length > 0 && endOfToken(name, 0) === name.length && name === name.toLowerCase()
}

function isPadded(value: string): boolean {
  return /^[ \t]|[ \t]$/.test(value)
}
