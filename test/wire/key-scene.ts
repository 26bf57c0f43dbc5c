import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { CreatedKey, KeyCreate, RuleList, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import type { Route, RoutedRequest } from '../fixtures/origin-routes.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { openWorld, type Received, receive, type World } from './world.ts'

/** The service that the keys of a scene are for. */
const host = 'api.stripe.com'

/** What the keys of a scene may do unless something else is said. */
export const paymentRules: RuleList = {
  default: 'deny',
  rules: [{ effect: 'allow', methods: 'any', paths: ['/v1/payment_intents', '/v1/payment_intents/*'] }],
}

/** A broker whose door takes virtual keys, and a service that takes the real one, as Bearer, as the user of a pair, in a field or in a parameter. */
export interface KeyScene extends AsyncDisposable {
  readonly world: World
  /** The real key. */
  readonly secret: string
  /** What the service received: method, path and the scheme of the credential. */
  readonly arrived: string[]
  /** Where the door is, without a slash at its end. */
  readonly door: string
  issue(input?: Partial<KeyCreate>): Promise<CreatedKey>
}

/** How a scene differs from the usual one. */
export interface KeySceneOptions {
  readonly workers?: number
  /** Tried before those of payments. */
  readonly routes?: readonly Route[]
  readonly settings?: NonNullable<Parameters<typeof openWorld>[0]>['settings']
  readonly clock?: NonNullable<Parameters<typeof openWorld>[0]>['clock']
  /** Its home; a new one that goes with it when absent. */
  readonly home?: Parameters<typeof openWorld>[1]
}

/** Opens one. */
export async function openKeyScene({
  workers,
  routes = [],
  settings,
  clock,
  home,
}: KeySceneOptions = {}): Promise<KeyScene> {
  const root = createTlsRoot()
  const secret = makeCanary('sk_live_').value
  const arrived: string[] = []
  const checked = [...routes, createPayment, readPayment].map(
    (route): Route => ({
      ...route,
      answer(routed) {
        const scheme = schemeOf(routed.request, secret)
        arrived.push(`${routed.request.method} ${routed.request.url} ${scheme}`)
        if (scheme !== undefined) return route.answer(routed)
        reply(routed.response, 401, { error: { type: 'invalid_request_error', message: 'Invalid API Key provided' } })
      },
    }),
  )
  const origin = await startOrigin({ root, hosts: { [host]: 'public' }, routes: checked })
  const proxy = { listen: { host: '127.0.0.1', port: 0 } }
  const world = await openWorld(
    {
      settings: { proxy, ...settings, ...(workers !== undefined && { workers }) },
      ...(clock && { clock }),
    },
    home,
  )
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const scopes: Scope[] = [
    { to: host, inject: { kind: 'bearer' }, ...reach },
    { to: host, inject: { kind: 'basic', as: 'user' }, ...reach },
    { to: host, inject: { kind: 'header', name: 'x-api-key' }, ...reach },
    { to: host, inject: { kind: 'query', name: 'api_key' }, ...reach },
  ]
  await world.client.secrets.create({ name: 'stripe', provider: 'stripe', value: secret, scopes })
  return {
    world,
    secret,
    arrived,
    door: world.broker.proxyUrl!,
    issue: (input) =>
      world.client.keys.create({
        label: 'agent-1',
        provider: 'stripe',
        rules: paymentRules,
        caps: [{ unit: 'usd', limit: 50, window: 'day' }],
        expiresIn: '30m',
        ...input,
      }),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await origin.close()
    },
  }
}

/** A request to the door. */
export interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends a request to the door as a client does that knows an address and a key. */
export async function ask(door: string, { method = 'GET', path = '/', headers = {}, body }: Asked): Promise<Received> {
  const { hostname, port } = new URL(door)
  const form = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
  const request = httpRequest({ hostname, port, method, path, headers: { ...form, ...headers }, agent: false })
  const answered = once(request, 'response')
  request.end(body)
  const [response] = (await answered) as [IncomingMessage]
  return receive(response)
}

/** The field that says a Bearer token. */
export function bearer(key: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${key}` }
}

/** The field that says a pair with a key as its user, as `curl -u KEY:` does. */
export function basicUser(key: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` }
}

function schemeOf({ headers, url = '/' }: IncomingMessage, secret: string): string | undefined {
  const { authorization = '' } = headers
  if (headers['x-api-key'] === secret) return 'field'
  if (new URL(url, `https://${host}`).searchParams.get('api_key') === secret) return 'parameter'
  if (authorization === `Bearer ${secret}`) return 'bearer'
  return authorization === basicUser(secret)['authorization'] ? 'basic' : undefined
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

const createPayment: Route = {
  method: 'POST',
  path: /^\/v1\/payment_intents$/,
  async answer({ request, response }: RoutedRequest) {
    let text = ''
    for await (const chunk of request as AsyncIterable<Buffer>) text += chunk.toString()
    const form = new URLSearchParams(text)
    const amount = Number(form.get('amount'))
    const shape = { id: 'pi_1', object: 'payment_intent', status: 'requires_payment_method' }
    reply(response, 200, { ...shape, amount, currency: form.get('currency') })
  },
}

const readPayment: Route = {
  method: 'GET',
  path: /^\/v1\/payment_intents\/(\w+)$/,
  answer: ({ response, groups }) => reply(response, 200, { id: groups[0], object: 'payment_intent', amount: 5000 }),
}
