import type { BodyFinding } from './body-place.ts'

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const [openObject, closeObject, openArray, closeArray] = [0x7b, 0x7d, 0x5b, 0x5d]

/** The parts of a JSON pointer (RFC 6901); undefined where it is none, or the empty one. */
export function parsePointer(text: string): readonly string[] | undefined {
  if (!/^(?:\/(?:[^/~]|~[01])*)+$/.test(text)) return undefined
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The text to which a pointer leads in a JSON body. The span is that between the quotes. Linear in the body. */
export function findJsonMember(body: Buffer, pointer: readonly string[]): BodyFinding {
  if (!isJson(body)) return { reason: 'it is no JSON in UTF-8' }
  let at = afterSpace(body, 0)
  for (const part of pointer) {
    const found = body[at] === openObject ? membersNamed(body, at, part) : elementsAt(body, at, part)
    // SECURITY: of two members of one name, one reader takes the first and the other the last.
    if (found.length > 1) return { reason: 'a member on the way to the place stands there twice' }
    if (found.length === 0) return undefined
    at = found[0]!
  }
  if (body[at] !== quote) return undefined
  const end = afterString(body, at)
  const text = parseString(body, at, end)
  return text === '' ? undefined : { span: { start: at + 1, end: end - 1 }, text }
}

/** What follows relies on the grammar, and checks nothing of it again. */
function isJson(body: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body))
    return true
  } catch {
    return false
  }
}

/** Where the values of the members of this name begin, in the object that begins at `at`. */
function membersNamed(body: Buffer, at: number, name: string): number[] {
  const found: number[] = []
  let next = afterSpace(body, at + 1)
  while (body[next] !== closeObject) {
    const nameEnd = afterString(body, next)
    const value = afterSpace(body, afterSpace(body, nameEnd) + 1)
    if (parseString(body, next, nameEnd) === name) found.push(value)
    next = afterComma(body, afterValue(body, value))
  }
  return found
}

/** Where the element of this number begins, if there is an array with one at `at`. */
function elementsAt(body: Buffer, at: number, index: string): number[] {
  if (body[at] !== openArray || !/^(?:0|[1-9][0-9]{0,5})$/.test(index)) return []
  let next = afterSpace(body, at + 1)
  for (let left = Number(index); body[next] !== closeArray; left -= 1) {
    if (left === 0) return [next]
    next = afterComma(body, afterValue(body, next))
  }
  return []
}

function afterValue(body: Buffer, at: number): number {
  const first = body[at]
  if (first === quote) return afterString(body, at)
  let next = at
  if (first !== openObject && first !== openArray) {
    while (next < body.length && !isEndOfWord(body[next]!)) next += 1
    return next
  }
  let depth = 0
  do {
    const byte = body[next]
    if (byte === quote) next = afterString(body, next)
    else {
      if (byte === openObject || byte === openArray) depth += 1
      else if (byte === closeObject || byte === closeArray) depth -= 1
      next += 1
    }
  } while (depth > 0)
  return next
}

function afterString(body: Buffer, at: number): number {
  let next = at + 1
  while (body[next] !== quote) next += body[next] === backslash ? 2 : 1
  return next + 1
}

function afterComma(body: Buffer, at: number): number {
  const next = afterSpace(body, at)
  return body[next] === comma ? afterSpace(body, next + 1) : next
}

function afterSpace(body: Buffer, at: number): number {
  let next = at
  while (isSpace(body[next])) next += 1
  return next
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function isEndOfWord(byte: number): boolean {
  return byte === comma || byte === closeObject || byte === closeArray || isSpace(byte)
}

function parseString(body: Buffer, start: number, end: number): string {
  return JSON.parse(body.toString('utf8', start, end)) as string
}
