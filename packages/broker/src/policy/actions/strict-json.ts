import { isObject } from '../../foundation/parse-json-object.ts'
import { foldCase } from './name-patterns.ts'
import { unreadableRequest } from './unreadable-request.ts'

/** A JSON object with the names that it was written with. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Levels of objects and arrays at most. */
const maxDepth = 100

/**
 * The value of a JSON text, the one way in which rules read JSON. Numbers are doubles: who compares one that is too large to be exact has to
 * see to that. SECURITY: a text that two readers could take for different values is none: another encoding than UTF-8, a
 * byte order mark, a member that stands there twice, half a character, a zero that ends texts in C, what follows the value.
 * @throws CoatcheckError `body_unreadable`
 */
export function readStrictJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw unreadableRequest('it is no JSON')
  }
  checkTokens(text)
  return value
}

/** @throws CoatcheckError `body_unreadable` */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw unreadableRequest('it is not in UTF-8')
  }
}

/** Walks through a text that is known to be JSON: only strings, brackets and commas say where names stand. */
function checkTokens(text: string): void {
  const open: (Set<string> | null)[] = []
  let isName = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '"') {
      const end = endOfString(text, at)
      const names = open.at(-1)
      const value = checkedString(text.slice(at, end + 1))
      if (isName && names) {
        if (names.has(value)) throw unreadableRequest('a member stands in its JSON twice')
        names.add(value)
      }
      isName = false
      at = end
    } else if (character === '{' || character === '[') {
      if (open.push(character === '{' ? new Set() : null) > maxDepth) throw unreadableRequest('its JSON is too deep')
      isName = character === '{'
    } else if (character === '}' || character === ']') open.pop()
    else if (character === ',') isName = open.at(-1) !== null
  }
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  for (;;) {
    let slashes = 0
    while (text[end - 1 - slashes] === '\\') slashes += 1
    if (slashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
}

function checkedString(token: string): string {
  if (!token.includes('\\')) return token.slice(1, -1)
  const value = JSON.parse(token) as string
  if (value.includes('\0') || !value.isWellFormed()) throw unreadableRequest('a text in its JSON is no text everywhere')
  return value
}

/** @throws CoatcheckError `body_unreadable` for any other value */
export function asObject(value: unknown, what = 'its JSON'): JsonObject {
  if (isObject(value)) return value
  throw unreadableRequest(`${what} is no object`)
}

/** @throws CoatcheckError `body_unreadable` for any other value */
export function asArray(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw unreadableRequest(`${what} is no list`)
}

/** @throws CoatcheckError `body_unreadable` for any other value */
export function asText(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw unreadableRequest(`${what} is no text`)
}

/**
 * A member by its name; undefined where there is none, or where it is null. SECURITY: some services find members whatever the case of
 * their names, or with and without underscores; a second spelling is no absence.
 * @throws CoatcheckError `body_unreadable`
 */
export function memberOf(object: JsonObject, name: string): unknown {
  const folded = foldName(name)
  for (const each of Object.keys(object)) {
    if (each !== name && foldName(each) === folded) throw unreadableRequest('a member is spelled in another way')
  }
  return Object.hasOwn(object, name) ? (object[name] ?? undefined) : undefined
}

/** A member that services take under two names; both at once are too many. @throws CoatcheckError `body_unreadable` */
export function memberOfEither(object: JsonObject, names: readonly [string, string]): unknown {
  const given = names.filter((name) => Object.hasOwn(object, name))
  if (given.length > 1) throw unreadableRequest('a member stands there under two names')
  const [name = names[0]] = given
  return memberOf(object, name)
}

/** A name in the form in which lenient services compare it. */
export function foldName(name: string): string {
  return foldCase(name).replaceAll(/[_-]/g, '')
}
