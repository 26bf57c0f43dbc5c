import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ClientIdentity } from '../../foundation/client-identity.ts'
import type { GrantSetup } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { secureService } from '../secure-service.ts'
import { MessageReader } from './message-reader.ts'
import { serverEndPoint } from './server-end-point.ts'
import { int32, requestCodes } from './wire.ts'

/** A connection to the service over which one can log in. */
export interface ServiceTransport {
  readonly socket: Socket
  readonly isSecure: boolean
  /** What a login can be bound to. */
  readonly endPoint?: Buffer
}

/** How a connection becomes safe; `offered`: in clear text where the service has no TLS. */
export type TransportWay = 'verify' | 'direct' | 'off' | 'offered'

const alpn = ['postgresql']

/**
 * Puts TLS on a connection, as the scope says. SECURITY: a service that has none is not spoken to in clear text for that.
 * @throws ProtocolError, and as `secureService` does
 */
export async function openTransport(
  socket: Socket,
  tls: TransportWay,
  { host, roots }: Pick<GrantSetup, 'host' | 'roots'>,
  signal: AbortSignal,
  identity?: ClientIdentity,
): Promise<ServiceTransport> {
  socket.setNoDelay(true)
  if (tls === 'off') return { socket, isSecure: false }
  if (tls !== 'direct' && !(await isTlsOffered(socket))) {
    if (tls !== 'offered') throw new ProtocolError('tls')
    return { socket, isSecure: false }
  }
  const secure = await secureService(socket, { host, roots }, signal, identity, alpn)
  if (tls === 'direct' && secure.alpnProtocol !== 'postgresql') throw new ProtocolError('alpn')
  return { socket: secure, isSecure: true, ...endPointOf(secure) }
}

async function isTlsOffered(socket: Socket): Promise<boolean> {
  const reader = new MessageReader(socket, 1)
  socket.write(Buffer.concat([int32(8), int32(requestCodes.tls)]))
  const answer = await reader.byte()
  // SECURITY: nothing that came before the handshake is taken for something that was said inside (CVE-2021-23222).
  if (reader.detach().length > 0) throw new ProtocolError('surplus')
  return answer === 'S'.charCodeAt(0)
}

function endPointOf(secure: TLSSocket): { readonly endPoint?: Buffer } {
  const raw = secure.getPeerX509Certificate()?.raw
  const endPoint = raw && serverEndPoint(raw)
  return endPoint === undefined ? {} : { endPoint }
}
