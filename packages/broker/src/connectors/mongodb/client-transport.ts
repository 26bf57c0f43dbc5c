import type { Socket } from 'node:net'
import type { ServedSession } from '../connector.ts'
import { secureClient } from '../secure-client.ts'
import { MessageReader } from './message-reader.ts'

/** Longest message before the login, in bytes. */
const openingLimit = 16_384
/** The first two bytes of a TLS handshake; a message that begins with them would be of 790 bytes, and the third tells. */
const handshake = Buffer.of(0x16, 0x03)

/** A connection over which a client logs in. */
export interface ClientTransport {
  readonly socket: Socket
  readonly reader: MessageReader
}

/** Waits for a client to say something, in clear text or by TLS. @throws ProtocolError */
export async function openClient({ client, leaf }: Pick<ServedSession, 'client' | 'leaf'>): Promise<ClientTransport> {
  const reader = new MessageReader(client, openingLimit)
  if (leaf === undefined || !(await isHandshake(reader))) return { socket: client, reader }
  client.unshift(reader.detach())
  const socket = await secureClient(client, leaf)
  return { socket, reader: new MessageReader(socket, openingLimit) }
}

/** The third byte is a version too, of which there are four; of a message it would be the third of its length, which is short. */
async function isHandshake(reader: MessageReader): Promise<boolean> {
  const begun = await reader.begun(3)
  return begun.subarray(0, 2).equals(handshake) && begun[2]! >= 1 && begun[2]! <= 4
}
