import { Binary, calculateObjectSize, type Document } from 'bson'
import { RecentMap } from '../../foundation/recent-map.ts'
import type { MongodbLogin } from '../../injection/mongodb-login.ts'
import { ProtocolError } from '../protocol-error.ts'
import { saslPrep } from '../scram/sasl-prep.ts'
import { ScramClient } from '../scram/scram-client.ts'
import type { ScramKeys } from '../scram/scram-keys.ts'
import { textOf } from './client-login.ts'
import type { MessageReader } from './message-reader.ts'
import { legacyPassword } from './placeholder-check.ts'
import { readAnswer, readState, type ServiceState } from './service-state.ts'
import { message } from './wire.ts'

/** The service does not take the login. SECURITY: its text names the user, and goes nowhere. */
export class LoginDeclined extends Error {
  /** As MongoDB numbers its errors. */
  readonly errorCode: number

  constructor(errorCode: number) {
    super('declined')
    this.errorCode = errorCode
  }
}

type Mechanism = 'SCRAM-SHA-1' | 'SCRAM-SHA-256'

/** One side of a connection over which a login goes. */
interface Talk {
  readonly socket: { write(bytes: Buffer): unknown }
  readonly reader: MessageReader
}

const keys = new RecentMap<string, ScramKeys>(16)
/** The least that a service may ask for (RFC 7677 §4); drivers have the same limit. */
const leastIterations = 4_096
/** What services take of what a client says about itself, in bytes. */
const maxClientBytes = 512

/**
 * Says hello to the service and logs in.
 * @param client what the client says about itself
 * @param floor the least that the service has to take
 * @throws ProtocolError | LoginDeclined
 */
export async function logIn(
  talk: Talk,
  login: MongodbLogin,
  client: unknown,
  floor: 'scram' | 'scram-sha-256',
): Promise<ServiceState> {
  const { user, authSource, mechanism: wish } = login
  if (wish === 'MONGODB-X509') {
    if (floor === 'scram-sha-256') throw new ProtocolError('mechanism')
    return showCertificate(talk, user, client)
  }
  const isNewest = wish !== 'SCRAM-SHA-1'
  if (!isNewest && floor === 'scram-sha-256') throw new ProtocolError('mechanism')
  const ahead = isNewest ? clientOf('SCRAM-SHA-256', login) : undefined
  const hello = {
    ...helloOf(client),
    saslSupportedMechs: `${authSource}.${user}`,
    // Saves a round trip where the service takes it.
    ...(ahead && { speculativeAuthenticate: { ...start('SCRAM-SHA-256', ahead), db: authSource } }),
    $db: 'admin',
  }
  talk.socket.write(message(hello))
  const { state, document } = readState(await talk.reader.message())
  const begun: unknown = document['speculativeAuthenticate']
  if (ahead !== undefined && isDocument(begun)) {
    await finish(talk, ahead, begun, authSource)
    return state
  }
  const mechanism = chosen(wish, document['saslSupportedMechs'], floor)
  const scram = clientOf(mechanism, login)
  await finish(talk, scram, await ask(talk, { ...start(mechanism, scram), $db: authSource }), authSource)
  return state
}

/** Has the service take the user of the certificate that was shown in TLS. @param user the same, or empty: whoever it says */
async function showCertificate(talk: Talk, user: string, client: unknown): Promise<ServiceState> {
  talk.socket.write(message({ ...helloOf(client), $db: 'admin' }))
  const { state } = readState(await talk.reader.message())
  await ask(talk, { authenticate: 1, mechanism: 'MONGODB-X509', ...(user !== '' && { user }), $db: '$external' })
  return state
}

function helloOf(client: unknown): Document {
  return { hello: 1, ...(isDocument(client) && calculateObjectSize(client) <= maxClientBytes ? { client } : {}) }
}

function chosen(wish: Mechanism | null, offered: unknown, floor: 'scram' | 'scram-sha-256'): Mechanism {
  if (wish !== null) return wish
  // A service that does not say what it has for the user has no such user, or is an old one: it says so itself.
  const isOld = Array.isArray(offered) && !offered.includes('SCRAM-SHA-256')
  if (isOld && floor === 'scram-sha-256') throw new ProtocolError('mechanism')
  return isOld ? 'SCRAM-SHA-1' : 'SCRAM-SHA-256'
}

function clientOf(mechanism: Mechanism, { user, password }: MongodbLogin): ScramClient {
  const isNewest = mechanism === 'SCRAM-SHA-256'
  const shown = isNewest ? saslPrep(password) : legacyPassword(user, password)
  const hash = isNewest ? 'sha256' : 'sha1'
  return new ScramClient({ name: user, password: shown, hash, binding: { kind: 'none' }, leastIterations }, keys)
}

function start(mechanism: Mechanism, scram: ScramClient): Document {
  const payload = new Binary(Buffer.from(scram.first()))
  return { saslStart: 1, mechanism, payload, options: { skipEmptyExchange: true } }
}

async function finish(talk: Talk, scram: ScramClient, begun: Document, $db: string): Promise<void> {
  const { conversationId, payload, done } = begun
  const final = await scram.final(textOf(payload) ?? '')
  // SECURITY: a service that is done before it has proved that it knows the password is another one.
  if (final === undefined || done === true) throw new ProtocolError('scram')
  const answered = await ask(talk, { saslContinue: 1, conversationId, payload: new Binary(Buffer.from(final)), $db })
  if (!scram.verify(textOf(answered['payload']) ?? '')) throw new ProtocolError('proof')
  if (answered['done'] === true) return
  const last = await ask(talk, { saslContinue: 1, conversationId, payload: new Binary(Buffer.alloc(0)), $db })
  if (last['done'] !== true) throw new ProtocolError('scram')
}

async function ask({ socket, reader }: Talk, command: Document): Promise<Document> {
  socket.write(message(command))
  const { document } = readAnswer(await reader.message())
  if (Number(document['ok']) === 1) return document
  throw new LoginDeclined(Number(document['code']) || 0)
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
