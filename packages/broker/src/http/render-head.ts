import type { HeaderField } from './header-field.ts'

// SECURITY: nothing leaves its place, whoever made it: a value from the vault is looked at like one that came in. What is
// beyond Latin-1 is refused as well: written as bytes it loses its upper half, and U+010A would be LF.
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const target = /^[\x21-\x7e]+$/
const noValue = /[^\t\x20-\x7e\x80-\xff]/

/**
 * Field lines, without the empty line that ends them.
 * @throws RangeError over a name or a value that would not stay in its line
 */
export function renderFields(fields: readonly HeaderField[]): string {
  let text = ''
  for (const { name, value } of fields) {
    if (!token.test(name)) throw new RangeError('not a field name')
    if (noValue.test(value)) throw new RangeError('not a field value')
    text += `${name}: ${value}\r\n`
  }
  return text
}

/**
 * The first line of a request in HTTP/1.1.
 * @throws RangeError over a method or a target that would not stay in its place
 */
export function renderRequestLine(method: string, requestTarget: string): string {
  if (!token.test(method)) throw new RangeError('not a method')
  if (!target.test(requestTarget)) throw new RangeError('not a request target')
  return `${method} ${requestTarget} HTTP/1.1\r\n`
}

/**
 * The first line of a response in HTTP/1.1.
 * @throws RangeError over a status that is none, or a reason that would not stay in its line
 */
export function renderStatusLine(status: number, reason: string): string {
  if (!Number.isInteger(status) || status < 100 || status > 999) throw new RangeError('not a status')
  if (noValue.test(reason)) throw new RangeError('not a reason')
  return `HTTP/1.1 ${status} ${reason}\r\n`
}
