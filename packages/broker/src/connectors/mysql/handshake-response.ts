import { ProtocolError } from '../protocol-error.ts'
import { BodyReader, sizedBytes, terminated } from './body-reader.ts'
import { capability } from './capabilities.ts'

/** What stands first in the answer to a greeting, and all of the wish for TLS. */
export interface ResponseHead {
  readonly capabilities: number
  readonly maxPacket: number
  readonly charset: number
  /** 23 bytes; MariaDB has its further capabilities in the last four. */
  readonly reserved: Buffer
}

/** What a client answers to a greeting. */
export interface HandshakeResponse extends ResponseHead {
  readonly answer: Buffer
  /** Empty where it asks for none. */
  readonly database: string
  /** How it logs in. */
  readonly plugin: string
  /** What it says of itself, as it said it; empty where it says nothing. */
  readonly attributes: Buffer
}

const headBytes = 32

/** Whether a packet is a wish for TLS, and not an answer yet. */
export function isTlsWish(body: Buffer): boolean {
  return body.length === headBytes && (body.readUInt32LE(0) & capability.tls) !== 0
}

/** @throws ProtocolError */
export function readHandshakeResponse(body: Buffer): HandshakeResponse {
  const reader = new BodyReader(body)
  const capabilities = reader.number(4)
  // Older clients have other fields, and log in by what is no proof.
  if ((capabilities & capability.protocol41) === 0) throw new ProtocolError('too old')
  const [maxPacket, charset, reserved] = [reader.number(4), reader.number(1), reader.bytes(23)]
  reader.terminated()
  const has = (bit: number): boolean => (capabilities & bit) !== 0
  const isSized = has(capability.sizedLogin)
  if (!isSized && !has(capability.secureLogin)) throw new ProtocolError('too old')
  const answer = isSized ? reader.sizedBytes() : reader.bytes(reader.number(1))
  const database = has(capability.database) ? reader.terminated().toString('utf8') : ''
  const plugin = has(capability.pluginLogin) ? reader.terminated().toString('latin1') : 'mysql_native_password'
  const attributes = has(capability.attributes) && !reader.isAtEnd ? sizedBytes(reader.sizedBytes()) : Buffer.alloc(0)
  return { capabilities, maxPacket, charset, reserved, answer, database, plugin, attributes }
}

/** The beginning of an answer to the service, which alone is a wish for TLS. */
export function responseHead({ capabilities, maxPacket, charset, reserved }: ResponseHead): Buffer {
  const head = Buffer.alloc(9)
  head.writeUInt32LE(capabilities)
  head.writeUInt32LE(maxPacket, 4)
  head[8] = charset
  return Buffer.concat([head, reserved])
}

/** An answer to the service. @param answer of at most 250 bytes */
export function handshakeResponse(response: HandshakeResponse, user: string): Buffer {
  const { capabilities, answer, database, plugin, attributes } = response
  const has = (bit: number): boolean => (capabilities & bit) !== 0
  return Buffer.concat([
    responseHead(response),
    terminated(user),
    // Both ways to say a length are the same for one that is so short.
    Buffer.of(answer.length),
    answer,
    ...(has(capability.database) ? [terminated(database)] : []),
    ...(has(capability.pluginLogin) ? [terminated(plugin)] : []),
    ...(has(capability.attributes) ? [attributes.length === 0 ? Buffer.alloc(1) : attributes] : []),
  ])
}
