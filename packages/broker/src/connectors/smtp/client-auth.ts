import { createHash, timingSafeEqual } from 'node:crypto'
import type { LineReader } from './line-reader.ts'

/** What a client made of a login: it showed the placeholder, or something else, or took it back, or wrote what nobody can read. */
export type Shown = 'placeholder' | 'other' | 'cancelled' | 'malformed' | 'unknown'

/** Mechanisms that are offered. */
export const offeredMechanisms = 'PLAIN LOGIN XOAUTH2'

const base64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Goes through one `AUTH` of a client. Any user name will do. @param words what stood behind `AUTH` @throws ProtocolError */
export async function askPlaceholder(
  words: string,
  ask: (challenge: string) => void,
  reader: LineReader,
  placeholder: string,
): Promise<Shown> {
  const [mechanism = '', initial, ...rest] = words.trim().split(/ +/)
  if (rest.length > 0) return 'malformed'
  const next = async (challenge: string): Promise<string> => {
    ask(Buffer.from(challenge).toString('base64'))
    return reader.line()
  }
  const kind = mechanism.toUpperCase()
  if (kind !== 'PLAIN' && kind !== 'XOAUTH2' && kind !== 'LOGIN') return 'unknown'
  const first = decoded(initial ?? (await next(kind === 'LOGIN' ? 'Username:' : '')))
  if (typeof first === 'string') return first
  const shown = kind === 'LOGIN' ? decoded(await next('Password:')) : kind === 'PLAIN' ? inPlain(first) : inToken(first)
  return typeof shown === 'string' ? shown : isPlaceholder(shown, placeholder)
}

/** What stands behind the two names. */
function inPlain(answer: Buffer): Buffer | 'malformed' {
  const [from, to] = [answer.indexOf(0), answer.lastIndexOf(0)]
  return from === to ? 'malformed' : answer.subarray(to + 1)
}

function inToken(answer: Buffer): Buffer | 'malformed' {
  const start = 'auth=Bearer '
  const part = answer
    .toString('latin1')
    .split('\x01')
    .find((each) => each.startsWith(start))
  return part === undefined ? 'malformed' : Buffer.from(part.slice(start.length), 'latin1')
}

/** What was answered to a challenge. */
function decoded(text: string): Buffer | 'cancelled' | 'malformed' {
  if (text === '*') return 'cancelled'
  // An answer that is empty is written so behind a command (RFC 4954 §4).
  if (text === '=') return Buffer.alloc(0)
  return base64.test(text) ? Buffer.from(text, 'base64') : 'malformed'
}

function isPlaceholder(shown: Uint8Array, placeholder: string): Shown {
  // SECURITY: in constant time, whatever its length.
  return timingSafeEqual(hashOf(shown), hashOf(placeholder)) ? 'placeholder' : 'other'
}

function hashOf(bytes: string | Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
