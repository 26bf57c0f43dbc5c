import type { Socket } from 'node:net'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { ServedSession } from '../connector.ts'
import { type HandshakeResponse, isTlsWish, readHandshakeResponse } from './handshake-response.ts'
import { PacketLink, ProtocolError } from './packet-link.ts'

/** A client that has answered the greeting. */
export interface OpenedClient {
  readonly link: PacketLink
  readonly response: HandshakeResponse
}

/** Reads what a client answers to a greeting, inside of TLS where it wants that. @throws ProtocolError */
export async function openClient(
  greeted: PacketLink,
  leaf: ServedSession['leaf'],
  limit: number,
): Promise<OpenedClient> {
  const first = await greeted.read()
  if (!isTlsWish(first)) return { link: greeted, response: readHandshakeResponse(first) }
  if (leaf === undefined) throw new ProtocolError('tls')
  // Nobody answers a wish for TLS, so the handshake may have begun. SECURITY: all that came behind is for that, and nothing is read of it.
  const begun = greeted.detach()
  if (begun.length > 0) greeted.socket.unshift(begun)
  const link = new PacketLink(await secured(greeted.socket, leaf), limit, greeted.sequence)
  return { link, response: readHandshakeResponse(await link.read()) }
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
