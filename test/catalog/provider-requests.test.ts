import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { findProvider, type Provider, providers, scopesOf } from '@coatcheck/catalog'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { openWorld, type World } from '../wire/world.ts'
import { type DocumentedRequest, documentedRequests } from './documented-requests.ts'
import { stands } from './stands.ts'

const root = createTlsRoot()
const byProvider = Map.groupBy(documentedRequests, ({ provider }) => provider)

/** Injectors whose requests are in `signed-requests.test.ts` and `registries.test.ts`. */
const otherFiles: ReadonlySet<string> = new Set(['registry', 'sigv4'])

/** What the service waits for: a request as its documentation has it, with the real key. */
interface Wanted {
  readonly request: DocumentedRequest
  readonly key: string
}

let origin: VerifyingServer
let world: World
let wanted: Wanted | undefined
before(async () => {
  const hosts = Object.fromEntries(documentedRequests.map(({ host }) => [host, 'public' as const]))
  const any = { path: /^/, answer: verify }
  origin = await startOrigin({
    root,
    hosts,
    routes: [
      { ...any, method: 'GET' },
      { ...any, method: 'POST' },
    ],
  })
  world = await openWorld()
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

test('AC-4.5: every provider of the catalog has its request, and the day of its check', () => {
  assert.deepEqual(
    [...byProvider.keys()].sort(),
    // Those that sign have nothing to put a key in, and registries want a token; other files have theirs.
    providers.filter(({ hosts }) => !otherFiles.has(hosts[0]!.injectors[0]!.kind)).map(({ id }) => id),
  )
  for (const { lastChecked } of providers) assert.match(lastChecked, /^\d{4}-\d{2}-\d{2}$/)
})

test('AC-4.5: every placement of every provider has a documented request that uses it', () => {
  const unused = providers.flatMap(({ id, hosts }) =>
    hosts
      .flatMap(({ injectors }) => injectors)
      .filter((inject) => !otherFiles.has(inject.kind))
      .filter((inject) => !(byProvider.get(id) ?? []).some((request) => stands(request, inject)))
      .map((inject) => `${id}: ${JSON.stringify(inject)}`),
  )
  assert.deepEqual(unused, [])
})

for (const [id, requests] of byProvider) {
  test(`AC-4.5, V3: ${id} takes what the broker makes of its documented requests, and no other key`, async () => {
    const provider = findProvider(id)!
    const key = keyOf(provider)
    await world.client.secrets.create({ name: id, value: key, provider: id, scopes: scopesFor(provider, requests) })
    const inside = await world.createSandbox({ secrets: { KEY: id } })
    const placeholder = inside.placeholder('KEY')
    assert.ok(!placeholder.includes(key))
    for (const request of requests) {
      const { host, method = 'GET' } = request
      wanted = { request, key }
      const bodyOf = (key: string) => (method === 'POST' ? { body: fill(request.body?.[1] ?? '{}', key) } : {})
      const headers = headersOf(request, placeholder)
      const sending = { host, method, target: fill(request.target, placeholder), headers, ...bodyOf(placeholder) }
      const reply = await inside.send(sending)
      assert.equal(reply.status, 200, `${host}: ${reply.text}`)
      const arrived = origin.requests.at(-1)!
      assert.equal(arrived.host, host)
      assert.equal(arrived.target, fill(request.target, key))
      for (const [name, value] of headersOf(request, key)) assert.deepEqual(valuesOf(arrived.rawHeaders, name), [value])
      for (const wrong of [placeholder, `${key.slice(0, -1)}x`]) assert.equal(await sendDirectly(request, wrong), 401)
      const other = {
        host,
        method,
        target: fill(request.target, stranger),
        headers: headersOf(request, stranger),
        ...bodyOf(stranger),
      }
      assert.notEqual((await inside.send(other)).status, 200, 'a key that nobody stored is not made good')
      const before = origin.requests.length
      const misplaced = await inside.send({
        host,
        method,
        target: '/',
        headers: [['X-Elsewhere', placeholder]],
        ...bodyOf(''),
      })
      assert.equal(misplaced.code, 'placeholder_undeclared_place')
      assert.equal(origin.requests.length, before, 'what stands elsewhere goes nowhere')
    }
    await inside.end()
  })
}

/** A key that the broker did not issue. */
const stranger = 'Stranger0Key1Value2Of3Enough4Bytes'

/** Applies the documented scheme, as the service would: the very target, and the very field. */
async function verify({
  request,
  response,
}: {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}): Promise<void> {
  const sent = await text(request)
  const isGood =
    wanted !== undefined &&
    (wanted.request.body === undefined || sent === fill(wanted.request.body[1], wanted.key)) &&
    request.url === fill(wanted.request.target, wanted.key) &&
    headersOf(wanted.request, wanted.key).every(
      ([name, value]) =>
        valuesOf(request.rawHeaders, name).join() === value && request.method === wanted?.request.method,
    )
  response.writeHead(isGood ? 200 : 401).end()
}

/** Sends the request to the service itself, past the broker. @returns its status */
async function sendDirectly(request: DocumentedRequest, key: string): Promise<number> {
  const { host, method = 'GET', target } = request
  const headers = Object.fromEntries([['Host', host], ...headersOf(request, key)])
  const { port } = origin
  const options = { host: '127.0.0.1', port, servername: host, ca: root.certificate, method, headers, agent: false }
  const body = request.body === undefined ? undefined : fill(request.body[1], key)
  const sent = httpsRequest({ ...options, path: fill(target, key) }).end(body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode ?? 0
}

/** A value in the form of the provider's keys. */
function keyOf({ id, keyShapes }: Provider): string {
  const body = 'Contract0Test1Value2Of3Enough4Bytes'
  return id === 'telegram' ? `987654321:${body}` : `${keyShapes[0]?.prefix ?? ''}${body}`
}

/** The provider's own scopes, and those of a customer's own host, for these requests, whose hosts stand on loopback here. */
function scopesFor(provider: Provider, requests: readonly DocumentedRequest[]) {
  const pin = { address: '127.0.0.1', port: origin.port }
  const scopes = scopesOf(provider)
  return [...new Set(requests.map(({ host }) => host))].flatMap((host) => {
    const own = scopes.filter(({ to }) => to === host)
    const tenant = provider.hosts.find((entry) => entry.perTenant === true && host.endsWith(entry.host.slice(1)))
    const found = own.length > 0 ? own : (tenant?.injectors ?? []).map((inject) => ({ to: host, inject }))
    return found.map((scope) => ({ ...scope, pin, roots: root.certificate }))
  })
}

function headersOf({ body, field }: DocumentedRequest, key: string): [string, string][] {
  if (body !== undefined) return [['Content-Type', body[0]]]
  if (field === undefined) return []
  const [name, form] = field
  const [, pair] = /^Basic (.+)$/.exec(form) ?? []
  return [[name, pair === undefined ? fill(form, key) : `Basic ${btoa(fill(pair, key))}`]]
}

function fill(text: string, key: string): string {
  return text.replace('{key}', key)
}

function valuesOf(rawHeaders: readonly string[], name: string): string[] {
  return rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name.toLowerCase())
}
