import { once } from 'node:events'
import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { CreatedSandbox } from '@coatcheck/contract'
import { openSocks, SocksRefusedError } from './socks-client.ts'
import { type Inside, type Received, receive } from './world.ts'

/** A request that goes to one host of one secret, whichever way it takes. */
export interface Asking {
  readonly host: string
  /** Name of the secret, for the ways that name it. */
  readonly secret: string
  readonly method?: string
  readonly target: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string
}

/** Who a client says that it is. */
export type Identity = Pick<CreatedSandbox, 'id' | 'token'>

/** A way in, as a client takes it. */
export interface WayIn {
  readonly name: string
  /** Begins a request on a connection of its own, saying the identity that is given where the way says one at all. */
  begin(place: Place, asking: Asking, identity?: Identity | null): Promise<ClientRequest>
}

/** Where the ways lead: the door of a broker, and the view from inside a sandbox that it launched. */
export interface Place {
  readonly proxyUrl: string
  readonly inside: Inside
}

/** Sends a request by a way, and reads the answer. */
export async function sendBy(way: WayIn, place: Place, asking: Asking, identity?: Identity | null): Promise<Received> {
  const request = await way.begin(place, asking, identity).catch((error: unknown) => {
    if (error instanceof ConnectRefusedError) return error.received
    if (error instanceof SocksRefusedError) return socksRefused(error)
    throw error
  })
  if ('status' in request) return request
  const [response] = (await once(finish(request, asking), 'response')) as [IncomingMessage]
  try {
    return await receive(response)
  } finally {
    request.destroy()
  }
}

/** The value of `Proxy-Authorization` that says this identity. */
export function proxyAuthorization({ id, token }: Identity): string {
  return `Basic ${Buffer.from(`${id}:${token}`).toString('base64')}`
}

/** Opens a tunnel through the door by CONNECT. @returns the answer, and the connection it came on */
export async function openConnect(
  proxyUrl: string,
  authority: string,
  fields: readonly string[] = [],
): Promise<{ readonly response: IncomingMessage; readonly socket: Socket }> {
  const { hostname, port } = new URL(proxyUrl)
  const headers = ['Host', authority, ...fields]
  const request = httpRequest({ host: hostname, port, method: 'CONNECT', path: authority, setHost: false, headers })
  const [response, socket, head] = (await once(request.end(), 'connect')) as [IncomingMessage, Socket, Buffer]
  socket.on('error', () => {})
  if (head.length > 0) socket.unshift(head)
  return { response, socket }
}

/** Sends a request on a connection of its own. */
export async function sendTo(
  options: RequestOptions,
  asking: Omit<Asking, 'host' | 'secret' | 'target'>,
  host: string,
  target: string,
  further: readonly string[] = [],
): Promise<Received> {
  const request = beginTo(options, asking, host, target, further)
  const [response] = (await once(finish(request, asking), 'response')) as [IncomingMessage]
  return receive(response)
}

function beginTo(
  options: RequestOptions,
  { method = 'GET', body, headers = [] }: Omit<Asking, 'host' | 'secret' | 'target'>,
  host: string,
  target: string,
  further: readonly string[] = [],
): ClientRequest {
  const length = body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))]
  const all = ['Host', host, ...headers.flat(), ...length, ...further]
  const agent = options.createConnection === undefined ? { agent: new Agent() } : {}
  return httpRequest({ ...agent, ...options, method, path: target, setHost: false, headers: all })
}

function finish(request: ClientRequest, { body }: Pick<Asking, 'body'>): ClientRequest {
  return body === undefined ? request.end() : request.end(Buffer.from(body))
}

function authorization(identity: Identity | null): readonly string[] {
  return identity === null ? [] : ['Proxy-Authorization', proxyAuthorization(identity)]
}

function doorOf({ proxyUrl }: Place): { host: string; port: string; authority: string } {
  const { hostname, port, host } = new URL(proxyUrl)
  return { host: hostname, port, authority: host }
}

const transparent: WayIn = {
  name: 'transparent',
  async begin({ inside }, asking) {
    const socket = await inside.connectTls(asking.host)
    return beginTo({ createConnection: () => socket }, asking, asking.host, asking.target)
  },
}

const throughConnect: WayIn = {
  name: 'CONNECT',
  async begin({ proxyUrl, inside }, asking, identity = inside.sandbox) {
    const authority = `${asking.host}:443`
    const fields = [...authorization(identity), 'Connection', 'close']
    const { response, socket } = await openConnect(proxyUrl, authority, fields)
    if (response.statusCode !== 200) throw await connectRefused(response, socket)
    const { ca } = inside.sandbox.connect
    const secure = connectTls({ socket, servername: asking.host, ca, ALPNProtocols: ['http/1.1'] })
    await once(secure, 'secureConnect')
    return beginTo({ createConnection: () => secure }, asking, asking.host, asking.target)
  },
}

const throughSocks: WayIn = {
  name: 'SOCKS5',
  async begin({ proxyUrl, inside }, asking, identity = inside.sandbox) {
    const socket = await openSocks(proxyUrl, { host: asking.host, port: 443, identity })
    const { ca } = inside.sandbox.connect
    const secure = connectTls({ socket, servername: asking.host, ca, ALPNProtocols: ['http/1.1'] })
    await once(secure, 'secureConnect')
    return beginTo({ createConnection: () => secure }, asking, asking.host, asking.target)
  },
}

/** A proxy request that names its destination in full. */
export const absoluteForm: WayIn = {
  name: 'absolute-form',
  async begin(place, asking, identity = place.inside.sandbox) {
    const target = `https://${asking.host}${asking.target}`
    return beginTo(doorOf(place), asking, asking.host, target, authorization(identity))
  },
}

const gatewayPath: WayIn = {
  name: 'gateway path',
  async begin(place, asking, identity = place.inside.sandbox) {
    const door = doorOf(place)
    const start = identity === null ? '/proxy' : `/as/${identity.id}.${identity.token}`
    return beginTo(door, asking, door.authority, `${start}/${asking.secret}${asking.target}`)
  },
}

const rootByKey: WayIn = {
  name: 'root by key',
  async begin(place, asking, identity = place.inside.sandbox) {
    const door = doorOf(place)
    return beginTo(door, asking, door.authority, asking.target, authorization(identity))
  },
}

const virtualHost: WayIn = {
  name: 'virtual host',
  async begin(place, asking, identity = place.inside.sandbox) {
    const door = doorOf(place)
    return beginTo(door, asking, `${asking.secret}.localhost:${door.port}`, asking.target, authorization(identity))
  },
}

const insideGateway: WayIn = {
  name: 'gateway inside the sandbox',
  async begin({ inside }, asking) {
    const socket = connectTcp(inside.portOf(80), await inside.addressOf('coatcheck.internal'))
    const target = `/proxy/${asking.secret}${asking.target}`
    return beginTo({ createConnection: () => socket }, asking, 'coatcheck.internal', target)
  },
}

/** The ways that come in at the door for sandboxes elsewhere. */
export const doorWays: readonly WayIn[] = [
  throughConnect,
  throughSocks,
  absoluteForm,
  gatewayPath,
  rootByKey,
  virtualHost,
]

/** Every way in. */
export const waysIn: readonly WayIn[] = [transparent, ...doorWays, insideGateway]

/** SOCKS5 has no room for more than a byte. */
function socksRefused({ bytes }: SocksRefusedError): Received {
  return { status: 0, headers: {}, rawHeaders: [], text: `SOCKS5: ${bytes.toString('hex')}`, code: undefined }
}

/** The answer to a CONNECT that was refused, on which no request can begin. */
class ConnectRefusedError extends Error {
  readonly received: Received

  constructor(received: Received) {
    super(`CONNECT was answered ${received.status}`)
    this.received = received
  }
}

async function connectRefused({ statusCode, headers, rawHeaders }: IncomingMessage, socket: Socket) {
  const text = Buffer.concat(await socket.toArray()).toString()
  const { code } = JSON.parse(text) as { code: string }
  return new ConnectRefusedError({ status: statusCode ?? 0, headers, rawHeaders, text, code })
}
