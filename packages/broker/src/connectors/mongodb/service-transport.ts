import type { Socket } from 'node:net'
import { secureSocket } from '../../upstream/open-socket.ts'
import { TrustStore } from '../../upstream/trust-store.ts'
import type { ServicePlace } from '../connector.ts'
import type { ScopeOptions } from './scope-options.ts'

const trust = new TrustStore()

/** Puts TLS on a connection, as the scope says. @throws CoatcheckError `upstream_tls_untrusted` | `upstream_unreachable` */
export async function openTransport(
  socket: Socket,
  { tls }: ScopeOptions,
  { host, roots }: ServicePlace,
  signal: AbortSignal,
): Promise<Socket> {
  socket.setNoDelay(true)
  if (tls === 'off') return socket
  const secure = await secureSocket(socket, host, trust.contextFor(roots), signal, [])
  return secure.on('error', () => secure.destroy())
}
