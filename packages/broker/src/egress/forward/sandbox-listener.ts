import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls'
import { plainAddress } from '../../foundation/cidr-block.ts'
import { type DoorAddress, doorUrl, isLoopback, listenFailed } from '../../foundation/door-address.ts'
import { newIdentifier } from '../../foundation/identifier.ts'
import { writeProblem } from '../reference/write-problem.ts'
import { refuse } from '../refusal.ts'
import type { ClientConnection } from '../sandbox-egress.ts'
import { handshake } from '../transparent/handshake.ts'
import { peek } from '../transparent/peek.ts'
import type { Visitor } from './proxy-front.ts'

/** The door for sandboxes that run elsewhere, opened. */
export interface SandboxListener {
  /** How it is called, without a slash at its end. */
  readonly url: string
  readonly host: string
  readonly port: number
  /** Closes it and every connection that came in by it. */
  close(): Promise<void>
}

/** Well below what the system lets one process hold open. */
const maxConnections = 8_192

/** Takes over a connection on which a visitor speaks HTTP, be it inside TLS or not. */
export type ServeVisitor = (visitor: Visitor) => void

/**
 * Opens the door. Clear text and TLS come in on one port, and what a connection speaks is seen from its first bytes.
 * SECURITY: off loopback only TLS is served.
 * @throws CoatcheckError `listen_failed`
 */
export async function openSandboxListener(door: DoorAddress, serve: ServeVisitor): Promise<SandboxListener> {
  const connections = new Set<Socket>()
  const secureContext =
    door.tls && createSecureContext({ cert: door.tls.certificate, key: door.tls.key, minVersion: 'TLSv1.2' })
  const server = createServer({ noDelay: true, keepAlive: true }, (tcp) => {
    connections.add(tcp)
    // Each room that a connection passes through listens for its end.
    tcp.setMaxListeners(32)
    // SECURITY: an error without a listener would end the process.
    tcp.on('error', () => tcp.destroy()).once('close', () => connections.delete(tcp))
    void welcome(tcp, door, secureContext, serve)
  })
  server.maxConnections = maxConnections
  server.listen(door.port, door.host)
  await once(server, 'listening').catch((error: unknown) => {
    throw listenFailed(door, error)
  })
  // What is wrong with one connection that waits to be accepted is nothing to end the process for.
  server.on('error', () => {})
  const { port } = server.address() as AddressInfo
  return {
    url: doorUrl(door, port),
    host: door.host,
    port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const connection of connections) connection.destroy()
      await closed
    },
  }
}

async function welcome(
  tcp: Socket,
  door: DoorAddress,
  secureContext: SecureContext | undefined,
  serve: ServeVisitor,
): Promise<void> {
  const peer = plainAddress(tcp.remoteAddress)
  const opening = peer === undefined ? undefined : await peek(tcp)
  if (peer === undefined || opening === undefined) return void tcp.destroy()
  if (opening.speaks === 'http') {
    if (isLoopback(door.host)) serve({ stream: tcp, tcp, peer })
    else writeProblem(tcp, refuse('tls_required'), newIdentifier('con'))
    return
  }
  const client = opening.speaks === 'tls' ? await secured(tcp, secureContext) : undefined
  if (client === undefined) tcp.destroy()
  else serve({ ...client, peer })
}

async function secured(tcp: Socket, secureContext: SecureContext | undefined): Promise<ClientConnection | undefined> {
  if (secureContext === undefined) return undefined
  const stream = new TLSSocket(tcp, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] })
  return (await handshake(stream)) === undefined ? { stream, tcp } : undefined
}
