import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'
import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { type TLSSocket, connect as tlsConnect } from 'node:tls'
import { type Broker, type BrokerOptions, resolveHome, startBroker } from '@coatcheck/broker'
import type { ActivityRow, CreatedSandbox, SandboxCreate } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { type LoopbackGateway, openLoopbackGateway } from './loopback-gateway.ts'

/** A broker in this process, with gateways on loopback. */
export interface World extends AsyncDisposable {
  readonly broker: Broker
  readonly client: CoatcheckClient
  /** Folder that holds everything that the broker writes. */
  readonly home: string
  /** What the broker reported; whatever is left here in the end fails the test. */
  readonly faults: unknown[]
  createSandbox(input: SandboxCreate): Promise<Inside>
  /** Everything in the audit journal, oldest first. */
  events(): Promise<readonly ActivityRow[]>
}

/** One request as a client inside sends it. */
export interface Sending {
  /** Name that is resolved, dialled, and said in SNI and Host, unless the fields below say otherwise. */
  readonly host: string
  readonly method?: string
  readonly target?: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly body?: string | Buffer
  /** Name whose address is dialled. */
  readonly dial?: string
  readonly serverName?: string
  readonly hostField?: string
}

/** What came back. */
export interface Received {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
  readonly text: string
  /** Code of the problem, when the broker answered. */
  readonly code: string | undefined
}

/** The view from inside one sandbox. */
export interface Inside {
  readonly sandbox: CreatedSandbox
  /** Placeholder in this variable. */
  placeholder(env: string): string
  /** Address that the sandbox's resolver gives. @throws the resolver's error */
  addressOf(name: string): Promise<string>
  /** Real port behind a port of the sandbox's gateway. */
  portOf(port: number): number
  /** Port 443 unless another one is given. */
  connectTls(name: string, serverName?: string, port?: number): Promise<TLSSocket>
  send(sending: Sending): Promise<Received>
  /** Writes bytes on a TLS connection to `host` and reads until it closes. */
  sendBytes(host: string, bytes: string): Promise<string>
  end(): Promise<void>
}

/** The plane that the suite runs on: the product's own, unless the environment asks for the one that it is measured against. */
export const testedPlane = process.env['COATCHECK_TEST_PLANE'] === 'reference' ? 'reference' : 'own'

/** Workers at the doors of the suite, where the environment asks for them: none unless it does. */
const testedWorkers = Number(process.env['COATCHECK_TEST_WORKERS'] ?? 0)

/** Opens a world; its home, a new one unless one is given, is removed when it is disposed of. */
export async function openWorld(overrides: Partial<BrokerOptions> = {}, home = makeTemporaryHome()): Promise<World> {
  const gateways: LoopbackGateway[] = []
  const faults: unknown[] = []
  const broker = await startBroker({
    home: resolveHome(home.path, {}),
    socketPath: join(home.path, 'run', 'broker.sock'),
    reportFault: (_instance, error) => faults.push(error),
    async openGateway(spec) {
      const gateway = await openLoopbackGateway(spec)
      gateways.push(gateway)
      return gateway
    },
    ...overrides,
    settings: { httpPlane: testedPlane, ...workersFor(overrides), ...overrides.settings },
  }).catch((error: unknown) => {
    home[Symbol.dispose]()
    throw error
  })
  const client = createClient({ socketPath: broker.socketPath })
  return {
    broker,
    client,
    home: home.path,
    faults,
    async createSandbox(input) {
      const sandbox = await client.sandboxes.create({
        ...input,
        launch: { isolation: 'process', uid: 65534, gid: 65534, detached: true },
      })
      return openInside(client, sandbox, gateways.at(-1)!)
    },
    async events() {
      const { items } = await client.audit.list({ limit: 1000 })
      return items.toReversed()
    },
    async [Symbol.asyncDispose]() {
      await broker.stop()
      home[Symbol.dispose]()
      if (faults.length > 0) throw new AggregateError(faults, 'the broker reported faults')
    },
  }
}

/** Workers go by the machine's own clock and resolver. */
function workersFor({ clock, resolver, settings }: Partial<BrokerOptions>): { readonly workers?: number } {
  const isFit = settings?.proxy !== undefined && clock === undefined && resolver === undefined
  return isFit && testedWorkers > 0 ? { workers: testedWorkers } : {}
}

/** The part of a loopback gateway that a client inside needs; a gateway of another process has the same. */
export type GatewayPorts = Pick<LoopbackGateway, 'ports' | 'resolverPort'>

/** The view from inside a sandbox whose gateway is on loopback. */
export function openInside(client: CoatcheckClient, sandbox: CreatedSandbox, gateway: GatewayPorts): Inside {
  return new LoopbackInside(client, sandbox, gateway)
}

/** Reads a response to its end. Rejects when it is broken off. */
export async function receive(response: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  const { headers, rawHeaders, statusCode: status = 0 } = response
  return { status, headers, rawHeaders, text, code: codeIn(headers, text) }
}

class LoopbackInside implements Inside {
  readonly sandbox: CreatedSandbox
  readonly #client: CoatcheckClient
  readonly #gateway: GatewayPorts
  readonly #resolver = new Resolver({ timeout: 2000, tries: 1 })

  constructor(client: CoatcheckClient, sandbox: CreatedSandbox, gateway: GatewayPorts) {
    this.#client = client
    this.sandbox = sandbox
    this.#gateway = gateway
    this.#resolver.setServers([`127.0.0.1:${gateway.resolverPort}`])
  }

  placeholder(env: string): string {
    return this.sandbox.connect.env[env]!
  }

  async addressOf(name: string): Promise<string> {
    return (await this.#resolver.resolve4(name))[0]!
  }

  portOf(port: number): number {
    return this.#gateway.ports.get(port)!
  }

  async connectTls(name: string, serverName = name, port = 443): Promise<TLSSocket> {
    const socket = tlsConnect({
      host: await this.addressOf(name),
      port: this.portOf(port),
      servername: serverName,
      ca: this.sandbox.connect.ca,
      ALPNProtocols: ['http/1.1'],
    })
    await once(socket, 'secureConnect')
    return socket
  }

  async send(sending: Sending): Promise<Received> {
    const { host, dial = host, serverName = host, hostField = host } = sending
    const socket = await this.connectTls(dial, serverName)
    try {
      const body = sending.body === undefined ? undefined : Buffer.from(sending.body)
      const length = body === undefined ? [] : ['Content-Length', String(body.length)]
      const request = httpRequest({
        createConnection: () => socket,
        setHost: false,
        method: sending.method ?? 'GET',
        path: sending.target ?? '/',
        headers: ['Host', hostField, ...(sending.headers ?? []).flat(), ...length],
      })
      request.end(body)
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      return await receive(response)
    } finally {
      socket.destroy()
    }
  }

  async sendBytes(host: string, bytes: string): Promise<string> {
    const socket = await this.connectTls(host)
    socket.write(bytes, 'latin1')
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await once(socket, 'close')
    return Buffer.concat(chunks).toString()
  }

  async end(): Promise<void> {
    await this.#client.sandboxes.end(this.sandbox.id)
  }
}

/** Of a problem, or of what the broker tells a client of a registry; there its own field says that the answer is its own. */
function codeIn(headers: IncomingHttpHeaders, text: string): string | undefined {
  if (headers['content-type']?.startsWith('application/problem+json') === true) return JSON.parse(text).code
  return /^coatcheck; .*details="([^"]+)"/.exec(String(headers['proxy-status'] ?? ''))?.[1]
}
