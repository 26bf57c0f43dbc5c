import type { ClientIdentity } from '../../foundation/client-identity.ts'
import type { GrantSetup } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { secureService } from '../secure-service.ts'
import { capability } from './capabilities.ts'
import { type ResponseHead, responseHead } from './handshake-response.ts'
import { PacketLink } from './packet-link.ts'

/** A connection to the service over which one can log in. */
export interface ServiceTransport {
  readonly link: PacketLink
  readonly isSecure: boolean
}

/** How a connection becomes safe; `offered`: in clear text where the service has no TLS. */
export type TransportWay = 'verify' | 'off' | 'offered'

/** Longest packet of the service before a session begins, in bytes. */
export const replyLimit = 1_048_576

/**
 * Puts TLS on a connection whose greeting was read. SECURITY: a service that has none is not spoken to in clear text for that.
 * @throws ProtocolError, and as `secureService` does
 */
export async function openTransport(
  link: PacketLink,
  tls: TransportWay,
  head: ResponseHead,
  hasTls: boolean,
  place: Pick<GrantSetup, 'host' | 'roots'>,
  signal: AbortSignal,
  identity?: ClientIdentity,
): Promise<ServiceTransport> {
  if (tls === 'off' || (tls === 'offered' && !hasTls)) return { link, isSecure: false }
  if (!hasTls) throw new ProtocolError('tls')
  // SECURITY: nothing that came before the handshake is taken for something that was said inside.
  if (link.detach().length > 0) throw new ProtocolError('surplus')
  link.write(responseHead({ ...head, capabilities: (head.capabilities | capability.tls) >>> 0 }))
  const secure = await secureService(link.socket, place, signal, identity)
  return { link: new PacketLink(secure, replyLimit, link.sequence), isSecure: true }
}
