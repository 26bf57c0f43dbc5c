import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { CoatcheckError } from '@coatcheck/contract'
import type { Hono } from 'hono'
import { listenFailed } from '../foundation/door-address.ts'
import type { OwnEndpoint } from '../upstream/address-check.ts'
import { classifyAddress } from '../upstream/address-class.ts'
import { closeServer } from './close-server.ts'
import type { AdminEnv } from './gate.ts'
import { checkHostName, checkRequestHead } from './request-head.ts'
import { requestListener, serverLimits } from './request-listener.ts'

/** Where the management API listens for tokens. */
export interface ApiAddress {
  /** IP literal, or `localhost`. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** Certificate chain and private key, PEM; needed off loopback. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined
  /** How clients elsewhere call it. */
  readonly publicUrl?: string | undefined
}

/** A door for tokens that is open. */
export interface ApiListener {
  readonly url: string
  readonly endpoint: OwnEndpoint
  /** Ends every connection, event streams included. */
  close(): Promise<void>
}

const maxConnections = 512

/** Whether a listener at a host is reachable from this machine alone. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || classifyAddress(host) === 'loopback'
}

/**
 * Serves the management API over TCP.
 * @throws CoatcheckError `tls_required` off loopback without a certificate, `settings_invalid` | `listen_failed`
 */
export async function listenOnAddress(app: Hono<AdminEnv>, place: ApiAddress): Promise<ApiListener> {
  const { host, port, tls, publicUrl } = place
  // SECURITY: R-94. A token in clear text off this machine belongs to whoever listens.
  if (tls === undefined && !isLoopbackHost(host)) throw new CoatcheckError('tls_required', { listener: 'api', host })
  const names = new Set<string>()
  const listener = requestListener(app, (request) => {
    checkRequestHead(request)
    checkHostName(request, names)
  })
  const server = makeServer(tls, listener)
  const address = await listen(server, host, port)
  const scheme = tls === undefined ? 'http' : 'https'
  for (const name of hostNames(place, address.port)) names.add(name)
  const literal = address.address.includes(':') ? `[${address.address}]` : address.address
  return {
    url: publicUrl ?? `${scheme}://${literal}:${address.port}`,
    endpoint: { address: address.address, port: address.port },
    close: () => closeServer(server),
  }
}

function makeServer(tls: ApiAddress['tls'], listener: RequestListener): Server {
  const server = tls === undefined ? createServer(serverLimits, listener) : makeTlsServer(tls, listener)
  server.maxConnections = maxConnections
  return server
}

function makeTlsServer(tls: NonNullable<ApiAddress['tls']>, listener: RequestListener): Server {
  try {
    return createTlsServer({ ...serverLimits, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 }, listener)
  } catch {
    // SECURITY: what the TLS library says may quote the key; it is dropped, cause included.
    const reason = 'the certificate and the key are not PEM, or do not belong together'
    throw new CoatcheckError('settings_invalid', { setting: 'api certificate', reason })
  }
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenFailed({ host, port }, error)))
    server.listen({ host, port, exclusive: true }, () => resolve(server.address() as AddressInfo))
  })
}

/** Names that clients may use in Host, beside the address that they dialled. */
function hostNames({ host, tls, publicUrl }: ApiAddress, port: number): readonly string[] {
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
