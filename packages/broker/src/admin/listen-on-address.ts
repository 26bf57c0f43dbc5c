import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type DoorAddress, doorUrl, listenFailed } from '../foundation/door-address.ts'
import type { OwnEndpoint } from '../upstream/address-check.ts'
import { closeServer } from './close-server.ts'
import { checkHostName, checkRequestHead } from './request-head.ts'
import { requestListener, serverLimits } from './request-listener.ts'

/** A door for tokens that is open. */
export interface ApiListener {
  readonly url: string
  readonly endpoint: OwnEndpoint
  readonly isOpen: boolean
  /** Ends every connection, event streams included. */
  close(): Promise<void>
}

const maxConnections = 512

/**
 * Serves the management API over TCP. Whether the door may stand open in clear text was decided when its settings were read.
 * @throws CoatcheckError `listen_failed`
 */
export async function listenOnAddress(api: RequestListener, door: DoorAddress): Promise<ApiListener> {
  const names = new Set<string>()
  const listener = requestListener(api, (request) => {
    checkRequestHead(request)
    checkHostName(request, names)
  })
  const server = makeServer(door, listener)
  const { address, port } = await listen(server, door)
  for (const name of hostNames(door, port)) names.add(name)
  return {
    url: doorUrl(door, port),
    endpoint: { address, port },
    get isOpen() {
      return server.listening
    },
    close: () => closeServer(server),
  }
}

function makeServer({ tls }: DoorAddress, listener: RequestListener): Server {
  const server = tls === undefined ? createServer(serverLimits, listener) : makeTlsServer(tls, listener)
  server.maxConnections = maxConnections
  return server
}

function makeTlsServer({ certificate, key }: NonNullable<DoorAddress['tls']>, listener: RequestListener): Server {
  const pair = { cert: certificate, key }
  return createTlsServer({ ...serverLimits, ...pair, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 }, listener)
}

function listen(server: Server, { host, port }: DoorAddress): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenFailed({ host, port }, error)))
    server.listen({ host, port, exclusive: true }, () => resolve(server.address() as AddressInfo))
  })
}

/** Names that clients may use in Host, beside the address that they dialled. */
function hostNames({ host, tls, publicUrl }: DoorAddress, port: number): readonly string[] {
  const usualPort = tls === undefined ? 80 : 443
  // No name server can point `localhost` elsewhere; addresses are compared with the one that was dialled.
  const own = [...new Set(['localhost', host.includes(':') ? `[${host}]` : host])]
  const all = own.flatMap((name) => (port === usualPort ? [name, `${name}:${port}`] : [`${name}:${port}`]))
  return publicUrl === undefined ? all : [...all, ...publicNames(publicUrl)]
}

function publicNames(publicUrl: string): readonly string[] {
  const { hostname, host, port, protocol } = new URL(publicUrl)
  return port === '' ? [host, `${hostname}:${protocol === 'https:' ? 443 : 80}`] : [host]
}
