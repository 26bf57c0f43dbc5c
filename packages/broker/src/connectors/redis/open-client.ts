import type { Socket } from 'node:net'
import type { ServedSession } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { secureClient } from '../secure-client.ts'
import { SocketBytes } from '../socket-bytes.ts'

/** First byte of a TLS handshake; no request begins with it. */
const handshake = 22

/** The connection that a client speaks on: in clear text, or inside of TLS where it begins with that. @throws ProtocolError */
export async function openClient({ client, leaf }: Pick<ServedSession, 'client' | 'leaf'>): Promise<Socket> {
  const opening = new SocketBytes(client, 0)
  await opening.need(1)
  const isTls = opening.pending[0] === handshake
  client.unshift(opening.detach())
  if (!isTls) return client
  if (leaf === undefined) throw new ProtocolError('tls')
  return secureClient(client, leaf)
}
