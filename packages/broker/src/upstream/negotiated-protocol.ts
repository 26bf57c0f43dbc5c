import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'

/** What was agreed to be spoken on a connection, as ALPN has it; undefined where nothing was said. */
export function negotiatedProtocol(connection: Duplex): string | undefined {
  const protocol = connection instanceof TLSSocket ? connection.alpnProtocol : null
  return typeof protocol === 'string' ? protocol : undefined
}
