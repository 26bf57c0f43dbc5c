import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { BrokerSettings } from '@coatcheck/broker'
import type { AuditEvent, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { encodeFrame, type Frame, FrameReader } from '../fixtures/websocket-frames.ts'
import {
  type Refusing,
  type ServedSocket,
  startWebSocketService,
  type WebSocketService,
} from '../fixtures/websocket-service.ts'
import { poll } from './poll.ts'
import { type Place, type WayIn, waysIn } from './ways-in.ts'
import { openWorld, type World } from './world.ts'

/** Host that demands the secret in the handshake. */
export const api = 'api.service.test'
/** Host whose scope has the secret in text messages. */
export const chat = 'chat.service.test'
/** The nonce of every handshake; RFC 6455 §1.3 has the answer to it. */
const nonce = 'dGhlIHNhbXBsZSBub25jZQ=='

/** A WebSocket of a client, frame by frame. */
export interface ClientSocket {
  readonly response: IncomingMessage
  readonly socket: Socket
  /** The service’s end. */
  readonly served: ServedSocket
  readonly closed: Promise<unknown>
  send(...frames: Frame[]): void
  /** The next frame that comes, or that no more will. */
  next(): Promise<Frame | undefined>
}

/** A broker between a client and a service that speaks WebSocket. */
export interface WebSocketScene extends AsyncDisposable {
  readonly service: WebSocketService
  readonly world: World
  readonly place: Place
  /** The real secret, which nothing inside may ever see. */
  readonly key: string
  readonly placeholder: string
  /** Begins a handshake. @returns the answer to it, and the connection where it was completed */
  knock(target: string, options?: Knocking): Promise<{ readonly response: IncomingMessage; readonly socket?: Socket }>
  /** Completes a handshake. */
  open(target: string, options?: Knocking): Promise<ClientSocket>
  /** The record of the end of the one request on this path. */
  outcomeOf(path: string): Promise<AuditEvent>
  alarmsOn(path: string): Promise<readonly AuditEvent[]>
}

/** What is unusual about a handshake. */
export interface Knocking {
  readonly host?: string
  readonly way?: WayIn
  /** Replaces the usual fields of the same names. */
  readonly fields?: Readonly<Record<string, string>>
}

/** Starts service, broker and sandbox. */
export async function openWebSocketScene(
  refusing: Readonly<Record<string, Refusing>> = {},
  settings: BrokerSettings = {},
): Promise<WebSocketScene> {
  const key = makeCanary('sk-live-').value
  const root = createTlsRoot()
  const authorization = { [api]: `Bearer ${key}` }
  const service = await startWebSocketService({ root, hosts: [api, chat], authorization, refusing })
  const world = await openWorld({ settings: { ...settings, proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const reach = { pin: { address: '127.0.0.1', port: service.port }, roots: root.certificate }
  const scopes: Scope[] = [
    { to: api, inject: { kind: 'bearer' }, ...reach },
    { to: chat, inject: { kind: 'placeholder', in: ['websocket'] }, ...reach },
  ]
  await world.client.secrets.create({ name: 'api', value: key, scopes })
  const inside = await world.createSandbox({ secrets: { API_KEY: 'api' }, from: ['127.0.0.0/8'] })
  const place: Place = { proxyUrl: world.broker.proxyUrl!, inside }
  const placeholder = inside.placeholder('API_KEY')

  const knock: WebSocketScene['knock'] = async (target, { host = api, way = waysIn[0]!, fields = {} } = {}) => {
    const usual = {
      Upgrade: 'websocket',
      Connection: 'Upgrade',
      'Sec-WebSocket-Key': nonce,
      'Sec-WebSocket-Version': '13',
      ...(host === api ? { Authorization: `Bearer ${placeholder}` } : {}),
    }
    const headers = Object.entries({ ...usual, ...fields })
    const request = await way.begin(place, { host, secret: 'api', target, headers })
    request.end()
    const switched = once(request, 'upgrade') as Promise<[IncomingMessage, Socket, Buffer]>
    const answered = once(request, 'response') as Promise<[IncomingMessage]>
    for (const promise of [switched, answered]) promise.catch(() => {})
    const [response, socket, head] = await Promise.race([switched, answered])
    if (socket === undefined) return { response }
    socket.on('error', () => {})
    if (head !== undefined && head.length > 0) socket.unshift(head)
    return { response, socket }
  }
  const eventsOn = async (path: string): Promise<AuditEvent[]> =>
    (await world.events()).map(({ event }) => event).filter((event) => event.path === path)

  return {
    service,
    world,
    place,
    key,
    placeholder,
    knock,
    async open(target, options) {
      const { response, socket } = await knock(target, options)
      assert.ok(socket !== undefined, `answered ${response.statusCode}`)
      const served = service.sockets.at(-1)!
      return new RawClient(response, socket, served)
    },
    outcomeOf: (path) => poll(async () => (await eventsOn(path)).find(({ kind }) => kind === 'exchange.completed')),
    alarmsOn: async (path) => (await eventsOn(path)).filter(({ kind }) => kind === 'alarm.raised'),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await service.close()
    },
  }
}

class RawClient implements ClientSocket {
  readonly response: IncomingMessage
  readonly socket: Socket
  readonly served: ServedSocket
  readonly closed: Promise<unknown>
  readonly #frames: Frame[] = []
  readonly #waiting: ((frame: Frame | undefined) => void)[] = []
  #isOver = false

  constructor(response: IncomingMessage, socket: Socket, served: ServedSocket) {
    this.response = response
    this.socket = socket
    this.served = served
    this.closed = once(socket, 'close')
    const reader = new FrameReader()
    socket.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk)) this.#came(frame)
    })
    socket.once('close', () => {
      this.#isOver = true
      for (const hear of this.#waiting.splice(0)) hear(undefined)
    })
  }

  send(...frames: Frame[]): void {
    this.socket.write(Buffer.concat(frames.map((frame) => encodeFrame(frame))))
  }

  next(): Promise<Frame | undefined> {
    const frame = this.#frames.shift()
    if (frame !== undefined || this.#isOver) return Promise.resolve(frame)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #came(frame: Frame): void {
    const hear = this.#waiting.shift()
    if (hear === undefined) this.#frames.push(frame)
    else hear(frame)
  }
}
