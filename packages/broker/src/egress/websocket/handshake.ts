import { createHash } from 'node:crypto'
import type { HeaderField } from '../../http/header-field.ts'

/** What makes a request an opening handshake: the fields of RFC 6455 §4.1. */
export interface Handshake {
  /** The client’s nonce, as it was sent. */
  readonly key: string
  /** Subprotocols that the client asks for, in its order. */
  readonly protocols: readonly string[]
}

/** RFC 6455 §4.2.2. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
/** Sixteen bytes in base64; the last character has four bits that mean nothing. */
const nonce = /^[A-Za-z0-9+/]{22}==$/

/** Reads the opening handshake of a client; undefined where the fields are none, or could be read as something else too. */
export function readHandshake(method: string, fields: readonly HeaderField[]): Handshake | undefined {
  const key = soleValue(fields, 'sec-websocket-key')
  if (method !== 'GET' || key === undefined || !nonce.test(key)) return undefined
  if (!asksFor(fields) || soleValue(fields, 'sec-websocket-version') !== '13') return undefined
  return { key, protocols: protocolsIn(fields) }
}

/** Whether a service’s answer completes the handshake, with a subprotocol that was asked for if with any (RFC 6455 §4.1). */
export function completes(fields: readonly HeaderField[], { key, protocols }: Handshake): boolean {
  if (!asksFor(fields) || soleValue(fields, 'sec-websocket-accept') !== acceptOf(key)) return false
  // SECURITY: with a secret in its place, a subprotocol that comes back is none that the client asked for.
  const chosen = valuesOf(fields, 'sec-websocket-protocol')
  return chosen.length === 0 || (chosen.length === 1 && protocols.includes(chosen[0]!))
}

/** The value of `Sec-WebSocket-Accept` that belongs to a key. */
function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + acceptSuffix)
    .digest('base64')
}

function asksFor(fields: readonly HeaderField[]): boolean {
  const options = valuesOf(fields, 'connection').flatMap((value) => value.split(','))
  const isNamed = options.some((option) => option.trim().toLowerCase() === 'upgrade')
  return isNamed && soleValue(fields, 'upgrade')?.toLowerCase() === 'websocket'
}

function protocolsIn(fields: readonly HeaderField[]): string[] {
  return valuesOf(fields, 'sec-websocket-protocol')
    .flatMap((value) => value.split(','))
    .map((text) => text.trim())
}

function soleValue(fields: readonly HeaderField[], name: string): string | undefined {
  const values = valuesOf(fields, name)
  return values.length === 1 ? values[0] : undefined
}

function valuesOf(fields: readonly HeaderField[], name: string): string[] {
  return fields.filter((field) => field.name.toLowerCase() === name).map(({ value }) => value)
}
