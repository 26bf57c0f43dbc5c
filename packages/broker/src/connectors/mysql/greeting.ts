import { ProtocolError } from '../protocol-error.ts'
import { BodyReader, terminated } from './body-reader.ts'
import { capability, furtherCapabilities, offeredCapabilities } from './capabilities.ts'
import { ServiceRefusal } from './service-refusal.ts'

/** What the service says first. */
export interface Greeting {
  readonly version: Buffer
  /** By this a session is named when what it does is broken off. */
  readonly threadId: number
  readonly capabilities: number
  readonly charset: number
  readonly status: number
  /** Ten bytes; MariaDB has its further capabilities in the last four. */
  readonly reserved: Buffer
  readonly nonce: Buffer
  readonly plugin: string
}

/** Length of a nonce, in bytes. */
export const nonceBytes = 20

/** What clients are asked for first: it needs no second round, and the newest ones know no other. */
const offeredPlugin = 'caching_sha2_password'

/** @throws ProtocolError | ServiceRefusal */
export function readGreeting(body: Buffer): Greeting {
  if (body[0] === 0xff) throw ServiceRefusal.of(body)
  const reader = new BodyReader(body)
  if (reader.number(1) !== 10) throw new ProtocolError('version')
  const version = reader.terminated()
  const threadId = reader.number(4)
  const start = reader.bytes(8)
  reader.bytes(1)
  const low = reader.number(2)
  const charset = reader.number(1)
  const status = reader.number(2)
  const capabilities = (low | (reader.number(2) << 16)) >>> 0
  const length = reader.number(1)
  const reserved = reader.bytes(10)
  const { protocol41, secureLogin, pluginLogin } = capability
  if ((capabilities & protocol41) === 0 || (capabilities & secureLogin) === 0) throw new ProtocolError('too old')
  const end = reader.bytes(Math.max(13, length - 8))
  const plugin = (capabilities & pluginLogin) === 0 ? '' : reader.terminated().toString('latin1')
  const nonce = Buffer.concat([start, end]).subarray(0, nonceBytes)
  return { version, threadId, capabilities, charset, status, reserved, nonce, plugin }
}

/** The service’s greeting with a nonce of our own, for a client. */
export function ownGreeting(greeting: Greeting, nonce: Buffer, hasTls: boolean, isSingleStatement: boolean): Buffer {
  const { version, threadId, capabilities, charset, status, reserved } = greeting
  const offered = offeredCapabilities(capabilities, hasTls, isSingleStatement)
  const isMariaDb = (offered & capability.notMariaDb) === 0
  const head = Buffer.alloc(12)
  head.writeUInt32LE(threadId)
  nonce.copy(head, 4, 0, 8)
  const middle = Buffer.alloc(8)
  middle.writeUInt16LE(offered & 0xffff)
  middle[2] = charset
  middle.writeUInt16LE(status, 3)
  middle.writeUInt16LE(offered >>> 16, 5)
  middle[7] = nonceBytes + 1
  return Buffer.concat([
    Buffer.of(10),
    terminated(version),
    terminated(head),
    middle,
    isMariaDb ? furtherCapabilities(reserved) : reserved,
    terminated(nonce.subarray(8)),
    terminated(offeredPlugin),
  ])
}
