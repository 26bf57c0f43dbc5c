import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { BrokerOptions } from '@coatcheck/broker'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { makeScriptedRoute } from './scripted-route.ts'
import { openSocks } from './socks-client.ts'
import { openConnect, type Place, proxyAuthorization, type WayIn } from './ways-in.ts'
import { type Inside, openWorld, type Received, receive, type World } from './world.ts'

/** Host that a secret of this name is for. */
export const hosts = { api: 'api.service.test', git: 'git.service.test' } as const
/** Name of a secret. */
export type SecretName = keyof typeof hosts
const echoHost = 'echo.service.test'

/** What is open by one way: an event stream and an upload, each in the middle, and an idle connection that carried a request. */
export interface OpenTraffic {
  readonly way: WayIn
  readonly streamed: Promise<Received>
  readonly uploaded: Promise<Received>
  readonly idleClosed: Promise<void>
  readonly endAtService: Promise<unknown>
}

/** A connection that stays as it is until somebody ends it. */
export interface OpenTunnel {
  readonly closed: Promise<void>
  /** Sends a word through it, and waits for its echo. */
  check(): Promise<void>
}

/** A service and an echo, for as many brokers as a test opens. */
export interface RevocationScene extends AsyncDisposable {
  readonly dials: number
  /** By a clock of its own, where one is given. */
  openPlace(clock?: BrokerOptions['clock']): Promise<RevocationPlace>
}

/** A broker with two secrets. */
export interface RevocationPlace {
  readonly world: World
  /** A sandbox with both, which all ways lead to. */
  createPlace(labels?: Readonly<Record<string, string>>): Promise<Place>
  openTraffic(way: WayIn, place: Place): Promise<OpenTraffic>
  /** A stream in the middle; the function that is returned ends it, and proves that it was let be. */
  openStream(way: WayIn, place: Place, secret: SecretName): Promise<() => Promise<void>>
  /** Opaque tunnels by every way that has them. */
  openTunnels(place: Place): Promise<readonly OpenTunnel[]>
}

/** A request with the placeholder of one secret. */
export function askingOf(
  { inside }: Place,
  secret: SecretName,
  target: string,
  further: readonly (readonly [string, string])[] = [],
) {
  const headers = [['Authorization', `Bearer ${inside.placeholder(secret.toUpperCase())}`] as const, ...further]
  return { host: hosts[secret], secret, target, headers }
}

/** Resolves when a connection is closed, however that came about. */
export async function closeOf(socket: Socket): Promise<void> {
  socket.on('error', () => {}).resume()
  if (!socket.destroyed) await once(socket, 'close')
}

/** Starts the service. */
export async function openRevocationScene(): Promise<RevocationScene> {
  const root = createTlsRoot()
  const scripted = makeScriptedRoute()
  const keys = { api: makeCanary('sk-live-').value, git: makeCanary('pw-').value }
  const origin = await startOrigin({
    root,
    hosts: Object.fromEntries(
      (['api', 'git'] as const).map((name) => [hosts[name], [{ scheme: 'bearer', value: keys[name] }] as const]),
    ),
    routes: scripted.routes,
  })
  const echo: Server = createServer((socket) => void socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1')
  await once(echo, 'listening')

  const openStreamOf = async (way: WayIn, place: Place, secret: SecretName) => {
    const request = await way.begin(place, askingOf(place, secret, '/scripted/stream'))
    const answer = answerOf(request.end())
    const { response } = await scripted.next()
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
    const streamed = await answer
    await once(streamed, 'readable')
    return { response, streamed: receive(streamed) }
  }

  return {
    get dials() {
      return origin.dials
    },
    async openPlace(clock) {
      const settings = { proxy: { listen: { host: '127.0.0.1', port: 0 } } }
      const world = await openWorld({ settings, ...(clock && { clock }) })
      const pin = { address: '127.0.0.1', port: origin.port }
      for (const name of ['api', 'git'] as const) {
        const scope: Scope = { to: hosts[name], inject: { kind: 'bearer' }, pin, roots: root.certificate }
        await world.client.secrets.create({ name, value: keys[name], scopes: [scope] })
      }
      const { port } = echo.address() as AddressInfo
      const proxyUrl = world.broker.proxyUrl!
      return {
        world,
        async createPlace(labels = {}) {
          const inside = await world.createSandbox({
            secrets: { API: 'api', GIT: 'git' },
            network: { allow: [{ to: `http://${echoHost}:80`, pin: { address: '127.0.0.1', port } }] },
            from: ['127.0.0.1'],
            labels,
          })
          return { proxyUrl, inside }
        },
        async openTraffic(way, place) {
          const secret = 'api'
          const stream = await openStreamOf(way, place, secret)
          const chunked = [['Transfer-Encoding', 'chunked']] as const
          const asking = askingOf(place, secret, '/scripted/upload', chunked)
          const uploading = await way.begin(place, { ...asking, method: 'POST' })
          const uploaded = answerOf(uploading).then(receive)
          uploaded.catch(() => {})
          uploading.write('the first part')
          const upload = await scripted.next()
          const uploadClosed = closeOfRequest(uploading)

          const keepAlive = [['Connection', 'keep-alive']] as const
          const resting = await way.begin(place, askingOf(place, secret, '/json', keepAlive))
          assert.equal((await receive(await answerOf(resting.end()))).status, 200)
          const idleClosed = closeOf(resting.socket!)
          const endAtService = Promise.all([
            once(stream.response, 'close'),
            once(upload.response, 'close'),
            uploadClosed,
          ])
          stream.streamed.catch(() => {})
          return { way, streamed: stream.streamed, uploaded, idleClosed, endAtService }
        },
        async openStream(way, place, secret) {
          const { response, streamed } = await openStreamOf(way, place, secret)
          streamed.catch(() => {})
          return async () => {
            response.end('data: 2\n\n')
            assert.match((await streamed).text, /data: 2/)
          }
        },
        openTunnels: (place) =>
          Promise.all([
            throughGateway(place.inside).then(openTunnel),
            openConnect(proxyUrl, `${echoHost}:80`, identityOf(place)).then(({ socket }) => openTunnel(socket)),
            openSocks(proxyUrl, { host: echoHost, port: 80, identity: place.inside.sandbox }).then(openTunnel),
          ]),
      }
    },
    async [Symbol.asyncDispose]() {
      await origin.close()
      echo.close()
    },
  }
}

/** A CONNECT to the host of a secret inside which TLS was begun, and nothing was asked for yet. */
export async function openFreshTunnel(place: Place, secret: SecretName): Promise<Socket> {
  const { socket } = await openConnect(place.proxyUrl, `${hosts[secret]}:443`, identityOf(place))
  const { ca } = place.inside.sandbox.connect
  const secure = connectTls({ socket, servername: hosts[secret], ca })
  secure.on('error', () => {})
  await once(secure, 'secureConnect')
  return secure
}

function identityOf({ inside }: Place): readonly string[] {
  return ['Proxy-Authorization', proxyAuthorization(inside.sandbox)]
}

async function throughGateway(inside: Inside): Promise<Socket> {
  const socket = connectTcp(inside.portOf(80), await inside.addressOf(echoHost))
  await once(socket, 'connect')
  return socket
}

async function openTunnel(socket: Socket): Promise<OpenTunnel> {
  const closed = closeOf(socket)
  const check = async (): Promise<void> => {
    socket.write('GET /a/word HTTP/1.1\r\n')
    await once(socket, 'data')
  }
  await check()
  return { closed, check }
}

async function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  request.on('error', () => {})
  return response
}

async function closeOfRequest(request: ClientRequest): Promise<void> {
  request.on('error', () => {})
  if (request.socket !== null && !request.socket.destroyed) await once(request.socket, 'close')
}
