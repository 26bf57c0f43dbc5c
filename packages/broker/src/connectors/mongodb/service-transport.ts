import type { Socket } from 'node:net'
import type { MongodbLogin } from '../../injection/mongodb-login.ts'
import type { ServicePlace } from '../connector.ts'
import { secureService } from '../secure-service.ts'
import type { ScopeOptions } from './scope-options.ts'

/** Puts TLS on a connection, as the scope or the login says. Rejects as `secureService` does. */
export async function openTransport(
  socket: Socket,
  { tls, isLocal }: Pick<ScopeOptions, 'tls' | 'isLocal'>,
  place: ServicePlace,
  signal: AbortSignal,
  { asksForTls, identity }: Pick<MongodbLogin, 'asksForTls' | 'identity'> = { asksForTls: false },
): Promise<Socket> {
  socket.setNoDelay(true)
  // SECURITY: verified, unless the scope says otherwise, or the service is on this machine and nothing asks for it.
  const isClear = tls === undefined ? isLocal && !asksForTls : tls === 'off'
  return isClear ? socket : secureService(socket, place, signal, identity)
}
