import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { ServedSession } from '../connector.ts'
import { PendingBytes, ProtocolError } from './pending-bytes.ts'

/** First byte of a TLS handshake; no request begins with it. */
const handshake = 22

/** The connection that a client speaks on: in clear text, or inside of TLS where it begins with that. @throws ProtocolError */
export async function openClient({ client, leaf }: Pick<ServedSession, 'client' | 'leaf'>): Promise<Socket> {
  const opening = new PendingBytes(client)
  await opening.more(1)
  const isTls = opening.bytes[0] === handshake
  client.unshift(opening.detach())
  if (!isTls) return client
  if (leaf === undefined) throw new ProtocolError('tls')
  return secured(client, leaf)
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
