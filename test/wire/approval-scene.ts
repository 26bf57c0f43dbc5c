import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type BrokerOptions, resolveHome } from '@coatcheck/broker'
import type { ApprovalView, CreatedSandbox, RuleList } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { freePort } from '../fixtures/free-port.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer } from '../fixtures/verifying-server.ts'
import { absoluteForm, type Place, sendBy } from './ways-in.ts'
import { openWorld, type Received, type World } from './world.ts'

const host = 'api.acme.example'

/** What a webhook of a scene was told. */
export interface Told {
  readonly headers: IncomingMessage['headers']
  readonly text: string
}

/** A service whose every call is asked about, a broker, and webhooks that are told. */
export interface ApprovalScene extends AsyncDisposable {
  readonly world: World
  /** The real key. */
  readonly secret: string
  /** The key of every webhook. */
  readonly webhookKey: Buffer
  /** Bodies that the service received. */
  readonly arrived: string[]
  /** What each webhook was told, by its name: `chat` and `ops`; `dead` is told nothing, for nobody listens there. */
  readonly told: Readonly<Record<'chat' | 'ops', Told[]>>
  /** A sandbox that runs elsewhere, with the use of the secret. */
  register(): Promise<CreatedSandbox>
  /** Posts a body; the last segment of the path names the webhook that is asked, `any` where everybody is. */
  call(sandbox: CreatedSandbox, path: string, body: string, retryKey?: string): Promise<Received>
  /** Asks the broker itself, as a sandbox. */
  callDoor(sandbox: CreatedSandbox, method: string, path: string): Promise<Received>
  /** What waits for a decision about a sandbox, as soon as something does. */
  waiting(sandbox: CreatedSandbox): Promise<ApprovalView>
  /** Ends the broker, and starts another one over the same home. */
  restart(holdSeconds: number): Promise<void>
}

/** How a scene differs from the usual one. */
export interface ApprovalSceneOptions {
  readonly holdSeconds: number
  readonly settings?: BrokerOptions['settings']
  readonly clock?: NonNullable<BrokerOptions['clock']>
}

const rules: RuleList = {
  default: 'deny',
  rules: [
    ...['chat', 'ops', 'dead'].map((name) => ({
      name,
      effect: 'ask' as const,
      methods: ['POST'],
      paths: [`/v1/${name}`],
      approvers: [name],
    })),
    { name: 'any', effect: 'ask', methods: ['POST'], paths: ['/v1/any'] },
  ],
}

/** Opens one. */
export async function openApprovalScene({
  holdSeconds,
  settings,
  clock,
}: ApprovalSceneOptions): Promise<ApprovalScene> {
  const root = createTlsRoot()
  const secret = makeCanary('key-').value
  const webhookKey = Buffer.from(makeCanary('webhook-key-0123456789-').value)
  const arrived: string[] = []
  const told = { chat: [], ops: [] } as { chat: Told[]; ops: Told[] }
  const origin = await startVerifyingServer({
    root,
    hosts: { [host]: [{ scheme: 'bearer', value: secret }] },
    async answer(request, response) {
      arrived.push(String(await buffer(request)))
      response.end('{}')
    },
  })
  const receiver = createServer(async (request, response) => {
    const name = request.url === '/chat' ? 'chat' : 'ops'
    told[name].push({ headers: request.headers, text: String(await buffer(request)) })
    response.end()
  }).listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const home = makeTemporaryHome()
  const closedPort = await freePort()
  const webhookUrl = (port: number, path: string): string => `http://127.0.0.1:${port}/${path}`
  const { port } = receiver.address() as AddressInfo
  const write = (seconds: number): void => {
    const keys = resolveHome(home.path, {}).keys
    mkdirSync(keys, { recursive: true, mode: 0o700 })
    const keyFile = join(home.path, 'webhook.key')
    writeFileSync(keyFile, webhookKey, { mode: 0o600 })
    const callbackUrl = 'http://127.0.0.1:1'
    const webhooks = [
      { name: 'chat', url: webhookUrl(port, 'chat'), keyFile, form: 'slack', callbackUrl },
      { name: 'ops', url: webhookUrl(port, 'ops'), keyFile, callbackUrl },
      { name: 'dead', url: webhookUrl(closedPort, 'dead'), keyFile },
    ]
    const file = join(keys, 'approvals.json')
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, JSON.stringify({ holdSeconds: seconds, webhooks }), { mode: 0o600 })
  }
  const open = async (): Promise<World> => {
    const proxy = { listen: { host: '127.0.0.1', port: 0 } }
    // The home outlives each of the brokers.
    const kept = { path: home.path, [Symbol.dispose]: () => {} }
    return openWorld({ settings: { proxy, ...settings }, ...(clock && { clock }) }, kept)
  }
  write(holdSeconds)
  let world = await open()
  await world.client.secrets.create({
    name: 'plain',
    value: secret,
    scopes: [
      {
        to: host,
        inject: { kind: 'bearer' },
        pin: { address: '127.0.0.1', port: origin.port },
        roots: root.certificate,
      },
    ],
  })
  const send = (sandbox: CreatedSandbox, asking: Parameters<typeof sendBy>[2]): Promise<Received> => {
    const place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } as Place['inside'] }
    return sendBy(absoluteForm, place, asking)
  }
  return {
    get world() {
      return world
    },
    ...{ secret, webhookKey, arrived, told },
    register: () =>
      world.client.sandboxes.create({ secrets: { KEY: 'plain' }, rules: { KEY: rules }, from: ['127.0.0.0/8'] }),
    call: (sandbox, path, body, retryKey) =>
      send(sandbox, {
        host,
        secret: 'plain',
        method: 'POST',
        target: `/v1/${path}`,
        headers: [
          ['Authorization', `Bearer ${sandbox.connect.env['KEY']}`],
          ...(retryKey === undefined ? [] : [['Coatcheck-Retry-Key', retryKey] as const]),
        ],
        body,
      }),
    callDoor: (sandbox, method, path) =>
      send(sandbox, { host: 'coatcheck.internal', secret: 'plain', method, target: path }),
    async waiting({ id: sandbox }) {
      const signal = AbortSignal.timeout(20_000)
      for await (const approval of world.client.approvals.follow({ state: 'pending', sandbox }, signal)) return approval
      throw new Error('nothing was asked')
    },
    async restart(seconds) {
      await world[Symbol.asyncDispose]()
      write(seconds)
      world = await open()
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await origin.close()
      receiver.closeAllConnections()
      receiver.close()
      home[Symbol.dispose]()
    },
  }
}
