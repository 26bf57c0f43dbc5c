import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { findProvider, providers, scopesOf } from '@coatcheck/catalog'
import { type DocumentedRequest, documentedRequests } from '../catalog/documented-requests.ts'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { openWorld, type World } from '../wire/world.ts'

const root = createTlsRoot()

/** Providers whose clients can be moved by a variable, each with what its documentation asks of the host it is moved from. */
const movable = providers.flatMap(({ id, hosts, baseUrlVariables }) => {
  const requests = documentedRequests.filter(({ provider, host }) => provider === id && host === hosts[0]?.host)
  return baseUrlVariables
    .filter(({ safeToRedirect }) => safeToRedirect)
    .map(({ name, path }) => ({ id, name, requests: requests.filter(({ target }) => target.startsWith(path)), path }))
})

let origin: VerifyingServer
let world: World
before(async () => {
  const hosts = Object.fromEntries(documentedRequests.map(({ host }) => [host, 'public' as const]))
  const answer = ({ response }: { response: { end(): unknown } }) => void response.end()
  const routes = ['GET', 'POST'].map((method) => ({ method, path: /^/, answer }))
  origin = await startOrigin({ root, hosts, routes })
  world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

for (const { id, name, path, requests } of movable) {
  test(`AC-1.6, S6: ${id} is reached by ${name} alone`, async () => {
    assert.ok(requests.length > 0, 'no documented request begins as the base URL does')
    const provider = findProvider(id)!
    const { value } = makeCanary(provider.keyShapes[0]?.prefix ?? '')
    const pin = { address: '127.0.0.1', port: origin.port }
    const scopes = scopesOf(provider).map((scope) => ({ ...scope, pin, roots: root.certificate }))
    const secret = name.toLowerCase().replaceAll('_', '-')
    await world.client.secrets.create({ name: secret, value, provider: id, scopes })
    const { connect } = await world.client.sandboxes.create({ secrets: { KEY: secret } })
    for (const documented of requests) {
      const url = connect.baseUrls![name]! + fill(documented.target, connect.env['KEY']!).slice(path.length)
      const headers = headersOf(documented, connect.env['KEY']!)
      const sent = request(url, { method: documented.method ?? 'GET', agent: false, headers }).end()
      const [answer] = await once(sent, 'response')
      answer.resume()
      assert.equal(answer.statusCode, 200, documented.target)
      const arrived = origin.requests.at(-1)!
      assert.deepEqual([arrived.host, arrived.target], [documented.host, fill(documented.target, value)])
      for (const text of Object.values(headersOf(documented, value))) assert.ok(arrived.rawHeaders.includes(text))
    }
  })
}

function headersOf({ field }: DocumentedRequest, key: string): Record<string, string> {
  if (field === undefined) return {}
  const [name, form] = field
  const [, pair] = /^Basic (.+)$/.exec(form) ?? []
  return { [name]: pair === undefined ? fill(form, key) : `Basic ${btoa(fill(pair, key))}` }
}

function fill(text: string, key: string): string {
  return text.replace('{key}', key)
}
