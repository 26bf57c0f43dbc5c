import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { makeScriptedRoute } from './scripted-route.ts'
import { type Asking, doorWays, type Place, type WayIn } from './ways-in.ts'
import { openWorld, receive, type World } from './world.ts'

/** Host of the secret. */
export const api = 'api.service.test'
/** Host that the sandbox may reach without one. */
export const open = 'open.service.test'
/** The secret. */
export const key = makeCanary('sk-live-')
/** A way in that comes by the workers. */
export const absolute: WayIn = doorWays.find(({ name }) => name === 'absolute-form')!

/** Connections of which the kernel gives each worker some, but for one time in tens of thousands. */
export const manyConnections = 16

const root = createTlsRoot()
const scripted = makeScriptedRoute()

/** A broker with two workers, a sandbox of it, and the threads and all that is said to and by them. */
export interface WorkersScene extends AsyncDisposable {
  readonly world: World
  readonly place: Place
  readonly threads: readonly Worker[]
  readonly messages: readonly unknown[]
}

/** Opens one, with a service of its own. */
export async function openWorkersScene(): Promise<WorkersScene> {
  const origin = await startOrigin({
    root,
    hosts: { [api]: [{ scheme: 'bearer', value: key.value }], [open]: 'public' },
    routes: scripted.routes,
  })
  const threads: Worker[] = []
  const messages: unknown[] = []
  const onWorker = (worker: Worker): void => {
    threads.push(worker)
    const post = worker.postMessage.bind(worker)
    worker.postMessage = (message, transfer) => {
      messages.push(structuredClone(message))
      post(message, transfer as never)
    }
    worker.on('message', (message) => messages.push(message))
  }
  process.on('worker', onWorker)
  const world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } }, workers: 2 } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const reach = { pin, roots: root.certificate }
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, ...reach }
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope] })
  const sandbox = await world.client.sandboxes.create({
    secrets: { API: 'api' },
    network: { allow: [{ to: `http://${open}:80`, pin }] },
    from: ['127.0.0.1'],
  })
  const placeholder = (env: string) => sandbox.connect.env[env]!
  const inside = { sandbox, placeholder } as Place['inside']
  return {
    world,
    place: { proxyUrl: world.broker.proxyUrl!, inside },
    threads,
    messages,
    async [Symbol.asyncDispose]() {
      process.off('worker', onWorker)
      await world[Symbol.asyncDispose]()
      await origin.close()
    },
  }
}

/** A request with the placeholder of the secret. */
export function asking({ inside }: Place, target = '/json'): Asking {
  return {
    host: api,
    secret: 'api',
    target,
    headers: [['Authorization', `Bearer ${inside.placeholder('API')}`]],
  }
}

/** A stream of a service, in the middle. */
export async function openStream(place: Place) {
  const request = await absolute.begin(place, asking(place, '/scripted/stream'))
  const answer = once(request.end(), 'response')
  const { response } = await scripted.next()
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
  const [incoming] = (await answer) as [IncomingMessage]
  request.on('error', () => {})
  const streamed = receive(incoming)
  streamed.catch(() => {})
  return { response, streamed }
}

/** The journals of workers, by the worker that wrote them: kinds of their events. */
export function journalsOf({ home }: World): Map<string, string[]> {
  const found = new Map<string, string[]>()
  const folder = join(home, 'data', 'audit')
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.jsonl'))) {
    const text = readFileSync(join(folder, name), 'utf8')
    const worker = /worker (\d) of 2/.exec(text)?.[1]
    const kinds = [...text.matchAll(/"kind":"([a-z.]+)"/g)].map(([, kind = '']) => kind)
    if (worker !== undefined) found.set(worker, [...(found.get(worker) ?? []), ...kinds])
  }
  return found
}

/** How many of these kinds are one. */
export const count = (kinds: readonly string[] | undefined, kind: string): number =>
  (kinds ?? []).filter((each) => each === kind).length
