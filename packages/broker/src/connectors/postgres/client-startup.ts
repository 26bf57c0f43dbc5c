import type { Socket } from 'node:net'
import type { ServedSession } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { secureClient } from '../secure-client.ts'
import { MessageReader } from './message-reader.ts'
import { requestCodes, versions } from './wire.ts'

/** Longest start-up packet and longest message before the login, in bytes; PostgreSQL has the same limit. */
const startupLimit = 10_000

/** What a client said first. */
export type Opening = OpenedSession | { readonly kind: 'cancel'; readonly key: Buffer }

/** A client that wants to log in. */
export interface OpenedSession {
  readonly kind: 'session'
  readonly socket: Socket
  readonly reader: MessageReader
  readonly version: number
  readonly parameters: ReadonlyMap<string, string>
}

/** Reads what comes before a login: whether TLS is wanted, and what is wanted at all. @throws ProtocolError */
export async function readOpening({ client, leaf }: ServedSession): Promise<Opening> {
  let socket: Socket = client
  let reader = new MessageReader(client, startupLimit)
  // Each may be asked for once, in any order.
  for (let round = 0; round < 3; round += 1) {
    const packet = await reader.packet()
    const code = packet.readUInt32BE(4)
    if (code === requestCodes.gss) socket.write('N')
    else if (code === requestCodes.tls && (leaf === undefined || socket !== client)) socket.write('N')
    else if (code === requestCodes.tls) {
      // SECURITY: what was said before the handshake is not taken for something that was said inside (CVE-2021-23214).
      if (reader.surplus > 0) throw new ProtocolError('surplus')
      reader.detach()
      socket.write('S')
      socket = await secureClient(client, leaf!, ['postgresql'])
      reader = new MessageReader(socket, startupLimit)
    } else if (code === requestCodes.cancel) return { kind: 'cancel', key: packet.subarray(8) }
    else return { kind: 'session', socket, reader, ...readStartup(packet, code) }
  }
  throw new ProtocolError('requests')
}

/** @throws ProtocolError */
function readStartup(packet: Buffer, version: number) {
  if (version >>> 16 !== versions.oldest >>> 16) throw new ProtocolError('version')
  const texts = packet.subarray(8).toString('utf8').split('\0')
  const parameters = new Map<string, string>()
  for (let index = 0; texts[index] !== undefined && texts[index] !== ''; index += 2) {
    const value = texts[index + 1]
    if (value === undefined) throw new ProtocolError('parameters')
    parameters.set(texts[index]!, value)
  }
  return { version, parameters }
}
