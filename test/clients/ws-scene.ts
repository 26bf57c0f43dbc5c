import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { AuditEvent } from '@coatcheck/contract'
import { type ClientOptions, WebSocket, WebSocketServer } from 'ws'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot, type TlsRoot } from '../fixtures/tls-root.ts'
import { poll } from '../wire/poll.ts'
import { type Inside, openWorld, type World } from '../wire/world.ts'

/** Host of the secret. */
export const api = 'api.clients.test'
/** Host of another one, at the same service. */
export const other = 'other.clients.test'

/** A WebSocket as the service has it. */
export interface ServedSocket {
  readonly socket: WebSocket
  readonly request: IncomingMessage
  /** Code and reason of its end. */
  readonly closed: Promise<readonly [number, string]>
}

/** How a client gets to the service. */
export const wsWays = ['by CONNECT, with an agent of Node', 'from inside a sandbox', 'by a base URL'] as const

/** What is unusual about a connection. */
export interface Opening {
  readonly way?: (typeof wsWays)[number]
  readonly host?: string
  readonly protocols?: readonly string[]
  readonly options?: ClientOptions
}

/** A broker between the client and the server of `ws`. */
export interface WsScene extends AsyncDisposable {
  readonly world: World
  readonly inside: Inside
  readonly key: string
  readonly placeholder: string
  /** In the order in which they were opened. */
  readonly served: readonly ServedSocket[]
  /** Begins a handshake that has the placeholder as its bearer token. */
  begin(path: string, opening?: Opening): Promise<WebSocket>
  /** Completes it. */
  open(path: string, opening?: Opening): Promise<{ readonly socket: WebSocket; readonly served: ServedSocket }>
  /** The record of the end of the one connection on this path. */
  outcomeOf(path: string): Promise<AuditEvent>
}

/** Starts service, broker and sandbox. */
export async function openWsScene(): Promise<WsScene> {
  await using undo = new AsyncDisposableStack()
  const keys = { api: makeCanary('sk-live-').value, other: makeCanary('pw-live-').value }
  const root = createTlsRoot()
  const served: ServedSocket[] = []
  const service = undo.use(await startService(root, { [api]: keys.api, [other]: keys.other }, served))
  const world = undo.use(
    await openWorld({ settings: { httpPlane: 'own', proxy: { listen: { host: '127.0.0.1', port: 0 } } } }),
  )
  const pin = { address: '127.0.0.1', port: service.port }
  const scope = (to: string) => ({ to, inject: { kind: 'bearer' }, pin, roots: root.certificate })
  await world.client.secrets.create({ name: 'api', value: keys.api, scopes: [scope(api)] })
  await world.client.secrets.create({ name: 'other', value: keys.other, scopes: [scope(other)] })
  const inside = await world.createSandbox({ secrets: { API_KEY: 'api', OTHER_KEY: 'other' }, from: ['127.0.0.0/8'] })
  const placeholder = inside.placeholder('API_KEY')
  const { id, token, connect } = inside.sandbox
  const door = new URL(world.broker.proxyUrl!)
  const agent = new Agent({ proxyEnv: { HTTPS_PROXY: `http://${id}:${token}@${door.host}` } })
  undo.defer(() => agent.destroy())
  const cleanUp = undo.move()

  const begin: WsScene['begin'] = async (path, { way = wsWays[0], host = api, protocols = [], options = {} } = {}) => {
    const headers = { Authorization: `Bearer ${placeholder}`, ...options.headers }
    const usual = { ca: connect.ca, ...options, headers }
    const address = way === 'from inside a sandbox' ? await inside.addressOf(host) : ''
    const places = {
      'by CONNECT, with an agent of Node': [`wss://${host}${path}`, { agent }],
      'from inside a sandbox': [
        `wss://${host}${path}`,
        {
          createConnection: () =>
            connectTls({ host: address, port: inside.portOf(443), servername: host, ca: connect.ca }),
        },
      ],
      'by a base URL': [`ws://${door.host}/as/${id}.${token}/api${path}`, {}],
    } as const
    const [url, further] = places[way]
    const socket = new WebSocket(url, [...protocols], { ...usual, ...further } as ClientOptions)
    // Whoever waits for it hears of it all the same.
    socket.on('error', () => {})
    cleanUp.defer(() => socket.terminate())
    return socket
  }
  return {
    world,
    inside,
    key: keys.api,
    placeholder,
    served,
    begin,
    async open(path, opening) {
      const socket = await begin(path, opening)
      await once(socket, 'open')
      return { socket, served: served.at(-1)! }
    },
    outcomeOf: (path) =>
      poll(async () => {
        const events = (await world.events()).map(({ event }) => event)
        return events.find((event) => event.path === path && event.kind === 'exchange.completed')
      }),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  }
}

interface Service extends AsyncDisposable {
  readonly port: number
}

/** Echoes messages, and answers in the manner of a model at `/v1/responses`. */
async function startService(
  root: TlsRoot,
  hosts: Readonly<Record<string, string>>,
  served: ServedSocket[],
): Promise<Service> {
  const { certificate: cert, key } = root.leaf('*.clients.test')
  const server = createServer({ cert, key })
  const sockets = new WebSocketServer({
    server,
    perMessageDeflate: { threshold: 0 },
    verifyClient: ({ req: { headers } }, done) =>
      done(headers.authorization === `Bearer ${hosts[headers.host ?? '']}`, 401),
  })
  sockets.on('connection', (socket, request) => {
    const closed = once(socket, 'close').then(([code, reason]) => [Number(code), String(reason)] as const)
    served.push({ socket, request, closed })
    socket.on('error', () => {})
    socket.on('message', (data, isBinary) => {
      if (request.url === '/v1/responses') respond(socket, JSON.parse(String(data)))
      else socket.send(data, { binary: isBinary })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const { socket } of served) socket.terminate()
      sockets.close()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function respond(socket: WebSocket, { type, input }: { readonly type: string; readonly input: string }): void {
  const say = (event: object): void => socket.send(JSON.stringify(event))
  if (type !== 'response.create') return void say({ type: 'error', error: { message: `what is ${type}?` } })
  say({ type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } })
  for (const delta of input.split(' ')) say({ type: 'response.output_text.delta', delta })
  say({ type: 'response.completed', response: { id: 'resp_1', status: 'completed' } })
}
