import type { ServedSession } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { secureClient } from '../secure-client.ts'
import { type HandshakeResponse, isTlsWish, readHandshakeResponse } from './handshake-response.ts'
import { PacketLink } from './packet-link.ts'

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
  const link = new PacketLink(await secureClient(greeted.socket, leaf), limit, greeted.sequence)
  return { link, response: readHandshakeResponse(await link.read()) }
}
