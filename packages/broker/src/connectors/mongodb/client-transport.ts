import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { ServedSession } from '../connector.ts'
import { MessageReader, ProtocolError } from './message-reader.ts'

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
  const socket = await secured(client, leaf)
  return { socket, reader: new MessageReader(socket, openingLimit) }
}

/** The third byte is a version too, of which there are four; of a message it would be the third of its length, which is short. */
async function isHandshake(reader: MessageReader): Promise<boolean> {
  const begun = await reader.begun(3)
  return begun.subarray(0, 2).equals(handshake) && begun[2]! >= 1 && begun[2]! <= 4
}

async function secured(client: Socket, leaf: NonNullable<ServedSession['leaf']>): Promise<TLSSocket> {
  const secureContext = createSecureContext({ cert: leaf.certificate, key: leaf.privateKey, minVersion: 'TLSv1.2' })
  const secure = new TLSSocket(client, { isServer: true, secureContext })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (): void => reject(new ProtocolError('tls'))
  secure.once('secure', resolve).once('error', fail).once('close', fail)
  try {
    await promise
    return secure
  } finally {
    secure
      .off('secure', resolve)
      .off('error', fail)
      .off('close', fail)
      .on('error', () => secure.destroy())
  }
}
