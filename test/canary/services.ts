import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { createServer, type TLSSocket } from 'node:tls'
import type { Scope } from '@coatcheck/contract'
import { carelessRoutes } from '../fixtures/careless-routes.ts'
import { startOrigin } from '../fixtures/origin.ts'
import type { Route } from '../fixtures/origin-routes.ts'
import { createTlsRoot, type TlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'

/** Host of the service that does what it should. */
export const goodHost = 'good.service.test'

/** Ways of injecting, each with a host and a secret of its own name. */
export const injectors: Readonly<Record<string, Omit<Scope, 'to'>>> = {
  basic: { inject: { kind: 'basic', username: 'me' } },
  header: { inject: { kind: 'header', name: 'X-Api-Key', prefix: 'Key ' } },
  headers: { inject: { kind: 'headers', headers: { 'DD-API-KEY': '{{ value }}', 'X-Version': '2' } } },
  query: { inject: { kind: 'query', name: 'key' } },
  body: { inject: { kind: 'body', pointer: '/auth/token' } },
  form: { inject: { kind: 'body', field: 'api_key' } },
  path: { inject: { kind: 'path', template: '/bot{{ value }}/**' } },
  cookie: { inject: { kind: 'cookie', name: 'session' } },
  placeholder: { inject: { kind: 'placeholder', in: ['header:x-auth', 'query:token', 'basic'] } },
  always: { inject: { kind: 'bearer' }, attach: 'always' },
  replacing: { inject: { kind: 'bearer' }, attach: 'always', foreign: 'replace' },
}

/** Host of the service behind one of the injectors; it takes every request. */
export const injectorHost = (name: string): string => `${name}.inject.test`

/** Ways in which a service fails: what it does with a connection once its TLS stands, or instead of TLS. */
const failures = {
  'reset.service.test': (_: Socket, connection?: Socket) => connection?.resetAndDestroy(),
  'malformed.service.test': (socket: Socket) => socket.end('HTTP/1.1 two hundred\r\nX: \u0000\r\n\r\n'),
  'cut.service.test': (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort'),
  'silent.service.test': () => {},
} as const

/** Hosts that fail after they have got a request, and so the key that is granted to them. */
export const failingHosts = Object.keys(failures)

/** Hosts that must not get a single byte of a request. */
export const unworthyHosts = ['untrusted.service.test', 'plain.service.test', 'closed.service.test'] as const

/** The service that works, and those that fail. */
export interface Services extends AsyncDisposable {
  readonly root: TlsRoot
  readonly good: VerifyingServer
  /** What it got in bodies. */
  readonly bodies: readonly string[]
  /** Where notifications go, and the bodies of those that came. */
  readonly hooksUrl: string
  readonly hooked: readonly string[]
  /** Port of each host on 127.0.0.1. */
  readonly ports: Readonly<Record<string, number>>
  /** What the unworthy hosts got, beside TLS itself. */
  received(): Buffer
  /** Requests that lie unanswered at the silent host. */
  waiting(): number
}

/** Starts them all. */
export async function startServices(key: string): Promise<Services> {
  const bodies: string[] = []
  const echo: Route['answer'] = async ({ request, response }) => {
    const sent = await text(request)
    bodies.push(sent)
    response.end(sent)
  }
  const [root, otherRoot] = [createTlsRoot(), createTlsRoot()]
  const good = await startOrigin({
    root,
    routes: [...carelessRoutes, { method: 'POST', path: /^\/body$/, answer: echo }],
    hosts: {
      [goodHost]: [{ scheme: 'bearer', value: key }],
      ...Object.fromEntries(Object.keys(injectors).map((name) => [injectorHost(name), 'public' as const])),
    },
  })
  const received: Buffer[] = []
  const collect = (socket: Socket) => socket.on('data', (chunk: Buffer) => received.push(chunk)).on('error', () => {})
  let waiting = 0
  const sockets = new Set<Socket>()

  const failing = Object.entries(failures).map(([host, fail]) => {
    const server = createServer({ ...pairOf(root, host), ALPNProtocols: ['http/1.1'] }, (socket: TLSSocket) => {
      socket
        .on('error', () => {})
        .once('data', () => {
          if (host.startsWith('silent')) waiting += 1
          // TLS itself cannot reset a connection.
          fail(
            socket,
            [...sockets].find(({ remotePort }) => remotePort === socket.remotePort),
          )
        })
    })
    return [host, server] as const
  })
  const [untrusted, plain, closed] = unworthyHosts
  const servers: readonly (readonly [string, Server])[] = [
    ...failing,
    [untrusted, createServer({ ...pairOf(otherRoot, untrusted) }, collect)],
    [plain, createPlainServer((socket) => collect(socket).write('HTTP/1.1 400 Bad Request\r\n\r\n'))],
    [closed, createPlainServer()],
  ]
  for (const [, server] of servers) {
    server.on('tlsClientError', () => {})
    server.on('connection', (socket) => sockets.add(socket.on('error', () => {})))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  const ports = servers.map(([host, server]) => [host, (server.address() as AddressInfo).port] as const)
  const hooked: string[] = []
  const hooks = createHttpServer(async (request, response) => {
    hooked.push(await text(request))
    response.writeHead(request.url?.startsWith('/broken') === true ? 500 : 204).end()
  }).listen(0, '127.0.0.1')
  await once(hooks, 'listening')
  // Its port is known, and nobody listens there any more.
  servers.at(-1)![1].close()
  return {
    root,
    good,
    bodies,
    hooksUrl: `http://127.0.0.1:${(hooks.address() as AddressInfo).port}`,
    hooked,
    // The first one is where a base URL leads.
    ports: { [goodHost]: good.port, ...Object.fromEntries(ports) },
    received: () => Buffer.concat(received),
    waiting: () => waiting,
    async [Symbol.asyncDispose]() {
      await good.close()
      hooks.close()
      hooks.closeAllConnections()
      for (const socket of sockets) socket.destroy()
      for (const [, server] of servers.slice(0, -1)) await new Promise((resolve) => server.close(resolve))
    },
  }
}

function pairOf(root: TlsRoot, host: string): { cert: string; key: string } {
  const { certificate, key } = root.leaf(host)
  return { cert: certificate, key }
}
