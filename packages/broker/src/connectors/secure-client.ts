import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { ServedSession } from './connector.ts'
import { ProtocolError } from './protocol-error.ts'

/**
 * Ends the TLS of a client, whose handshake is the next that it says, with a certificate of the sandbox's authority.
 * @param protocols that it may name (RFC 7301); none are looked at where there are none
 * @throws ProtocolError
 */
export async function secureClient(
  client: Socket,
  { certificate: cert, privateKey: key }: NonNullable<ServedSession['leaf']>,
  protocols: readonly string[] = [],
): Promise<TLSSocket> {
  const secureContext = createSecureContext({ cert, key, minVersion: 'TLSv1.2' })
  const named = protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }
  const secure = new TLSSocket(client, { isServer: true, secureContext, ...named })
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
