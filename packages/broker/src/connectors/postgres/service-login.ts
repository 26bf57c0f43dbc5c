import { RecentMap } from '../../foundation/recent-map.ts'
import type { PostgresLogin } from '../../injection/postgres-login.ts'
import { ProtocolError } from '../protocol-error.ts'
import { saslPrep } from '../scram/sasl-prep.ts'
import { ScramClient } from '../scram/scram-client.ts'
import { digest, type ScramKeys } from '../scram/scram-keys.ts'
import { md5Answer } from './md5-answer.ts'
import type { Message, MessageReader } from './message-reader.ts'
import type { ServiceTransport } from './service-transport.ts'
import { authentication, int32, message } from './wire.ts'

/** The service does not take the login. SECURITY: its text names the user and the host, and goes nowhere. */
export class LoginDeclined extends Error {
  /** Five characters, as the service gave them. */
  readonly sqlState: string

  constructor(sqlState: string) {
    super('declined')
    this.sqlState = sqlState
  }
}

const keys = new RecentMap<string, ScramKeys>(16)

/**
 * Logs in to the service, up to its word that this is done.
 * @param floor the least that it has to ask for
 * @returns what it said beside, to be passed on
 * @throws ProtocolError | LoginDeclined
 */
export async function logIn(
  { socket, isSecure, endPoint }: ServiceTransport,
  reader: MessageReader,
  { user, password, scramKeys, identity }: Pick<PostgresLogin, 'user' | 'password' | 'scramKeys' | 'identity'>,
  floor: 'password' | 'scram' | 'trust',
): Promise<readonly Buffer[]> {
  const passed: Buffer[] = []
  const hasPassword = password !== '' || scramKeys !== undefined
  // A certificate was shown in TLS already, and the service whom it was shown to was verified.
  const mayAskNothing =
    floor === 'trust' || (floor === 'password' && isSecure && identity !== undefined && !hasPassword)
  let scram: ScramClient | undefined
  let isAsked = false
  for (;;) {
    const received = await reader.message()
    const { type, body } = received
    if (type === 'E') throw new LoginDeclined(sqlStateOf(body))
    if (type === 'v') {
      passed.push(received.raw)
      continue
    }
    // What it notes before the login may name the user.
    if (type === 'N') continue
    if (type !== 'R' || body.length < 4) throw new ProtocolError('login')
    const kind = body.readUInt32BE(0)
    if (kind === authentication.ok) {
      // SECURITY: whoever stands between would just leave the proof out; a service that asks for nothing is another one.
      if (scram === undefined ? floor === 'scram' || (!isAsked && !mayAskNothing) : !scram.isProven) {
        throw new ProtocolError('proof')
      }
      return passed
    }
    if (scram !== undefined) {
      await goOn(scram, received, kind, socket)
      continue
    }
    if (isAsked) throw new ProtocolError('login')
    isAsked = true
    if (!hasPassword) throw new ProtocolError('it asks for a password')
    if (kind === authentication.sasl) {
      const mechanisms = body.toString('latin1', 4).split('\0')
      const isBound = endPoint !== undefined && mechanisms.includes('SCRAM-SHA-256-PLUS')
      if (!isBound && !mechanisms.includes('SCRAM-SHA-256')) throw new ProtocolError('mechanism')
      const binding = isBound
        ? ({ kind: 'bound', data: endPoint } as const)
        : ({ kind: endPoint === undefined ? 'none' : 'unoffered' } as const)
      // The name is the one of the start-up packet, and servers have taken any number of rounds.
      const shown = scramKeys === undefined ? saslPrep(password) : keysOf(scramKeys)
      const say = { name: '', password: shown, hash: 'sha256', binding, leastIterations: 1 } as const
      scram = new ScramClient(say, keys)
      const first = Buffer.from(scram.first())
      socket.write(message('p', isBound ? 'SCRAM-SHA-256-PLUS' : 'SCRAM-SHA-256', int32(first.length), first))
    } else if (floor === 'scram' || scramKeys !== undefined) throw new ProtocolError('floor')
    else if (kind === authentication.cleartext) {
      // SECURITY: never over a connection that others can read.
      if (!isSecure) throw new ProtocolError('clear text')
      socket.write(message('p', password))
    } else if (kind === authentication.md5 && body.length >= 8) {
      socket.write(message('p', md5Answer(password, user, body.subarray(4, 8))))
    } else throw new ProtocolError('method')
  }
}

async function goOn(
  scram: ScramClient,
  { body }: Message,
  kind: number,
  socket: ServiceTransport['socket'],
): Promise<void> {
  const text = body.toString('utf8', 4)
  if (kind === authentication.saslContinue) {
    const final = await scram.final(text)
    if (final === undefined) throw new ProtocolError('sasl')
    socket.write(message('p', Buffer.from(final)))
  } else if (kind !== authentication.saslFinal || !scram.verify(text)) throw new ProtocolError('sasl')
}

function keysOf(keys: NonNullable<PostgresLogin['scramKeys']>): ScramKeys {
  return { ...keys, hash: 'sha256', storedKey: digest('sha256', keys.clientKey) }
}

function sqlStateOf(body: Buffer): string {
  return /(?:^|\0)C([0-9A-Z]{5})\0/.exec(body.toString('latin1'))?.[1] ?? '08P01'
}
