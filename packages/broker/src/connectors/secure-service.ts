import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ClientIdentity } from '../foundation/client-identity.ts'
import { secureSocket } from '../upstream/open-socket.ts'
import { TrustStore } from '../upstream/trust-store.ts'
import type { ServicePlace } from './connector.ts'

const trust = new TrustStore()

/**
 * Puts verified TLS on a connection to a service, from the next byte on. Nothing is resumed: a resumed session shows no certificate to bind
 * a login to, and is shown none.
 * @param identity what the service is shown where it asks for a certificate
 * @param protocols that are offered (RFC 7301)
 * @throws CoatcheckError `upstream_tls_untrusted` | `upstream_certificate_refused` | `upstream_unreachable`
 */
export async function secureService(
  socket: Socket,
  { host, roots }: Pick<ServicePlace, 'host' | 'roots'>,
  signal: AbortSignal,
  identity: ClientIdentity | undefined,
  protocols: readonly string[] = [],
): Promise<TLSSocket> {
  const secure = await secureSocket(socket, host, trust.contextFor(roots, identity), signal, protocols)
  // What went wrong is kept for whoever reads on.
  return secure.on('error', (error) => secure.destroy(error))
}
