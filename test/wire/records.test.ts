import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { InjectorSpec, Scope } from '@coatcheck/contract'
import { type Canary, canaryOf, findCanary, findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Place, sendBy, waysIn } from './ways-in.ts'
import { openWorld, type World } from './world.ts'

const root = createTlsRoot()
const foreign = makeCanary('fk_live_')

/** Secrets that travel where servers and proxies usually log them. */
const secrets = {
  query: { host: 'query.service.test', key: makeCanary('sk_live_'), inject: { kind: 'query', name: 'key' } },
  path: {
    host: 'path.service.test',
    key: makeCanary('sk_live_'),
    inject: { kind: 'path', template: '/bot{{ value }}/**' },
  },
} as const satisfies Record<string, { host: string; key: Canary; inject: InjectorSpec }>

let origin: VerifyingServer
let world: World
let place: Place
before(async () => {
  const answer = ({ response }: { response: { end(): unknown } }) => void response.end()
  const hosts = Object.fromEntries(Object.values(secrets).map(({ host }) => [host, 'public' as const]))
  origin = await startOrigin({ root, hosts, routes: [{ method: 'GET', path: /^/, answer }] })
  world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  for (const [name, { host, key, inject }] of Object.entries(secrets)) {
    const scopes: Scope[] = [{ to: host, inject, ...reach }]
    await world.client.secrets.create({ name, value: key.value, scopes })
  }
  const inside = await world.createSandbox({ secrets: { QUERY: 'query', PATH_KEY: 'path' }, from: ['127.0.0.0/8'] })
  place = { proxyUrl: world.broker.proxyUrl!, inside }
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

/** Requests with a key in query or path: good ones, misplaced ones, and with the key of somebody else. */
function targets(name: keyof typeof secrets, text: string): readonly string[] {
  const right = name === 'query' ? `/v1/list?page=2&key=${text}` : `/bot${text}/list`
  return [right, `/v1/${text}/x?other=${text}`, `/%2e%2e/${text}`, right.replace(text, foreign.value)]
}

test('R-76: no record of a request with its key in query or path has the key, the placeholder or the query', async () => {
  const placeholders = [place.inside.placeholder('QUERY'), place.inside.placeholder('PATH_KEY')]
  const sent = [
    ['query', placeholders[0]!],
    ['path', placeholders[1]!],
  ] as const
  for (const way of waysIn) {
    for (const [name, text] of sent) {
      const { host } = secrets[name]
      for (const target of targets(name, text)) await sendBy(way, place, { host, secret: name, target })
    }
  }
  const arrived = origin.requests.map(({ target }) => target)
  for (const { key } of Object.values(secrets)) {
    const good = arrived.filter((target) => target.includes(key.value))
    assert.ok(good.length >= waysIn.length - 2, `${good.length}`)
  }
  const { client, home } = world
  const records = JSON.stringify([
    await client.audit.list({ limit: 1000 }),
    await client.requests.list({ limit: 1000 }),
    await client.connections.list({ limit: 1000 }),
  ])
  assert.match(records, /\/\[masked\]\/list/)
  assert.doesNotMatch(records, /page=2|other=/)
  const random = placeholders.map((text) => canaryOf(text.slice(-24)))
  for (const canary of [...Object.values(secrets).map(({ key }) => key), foreign, ...random]) {
    assert.deepEqual(findCanary(records, canary), [])
    assert.deepEqual(findCanaryInFolder(home, canary), [])
  }
})

test('R-74: what is kept of an exchange lies where its owner alone can read it', () => {
  const entries = readdirSync(world.home, { recursive: true, withFileTypes: true })
  const kept = entries.filter((entry) => entry.isFile() || entry.isDirectory())
  assert.ok(kept.some((entry) => entry.isFile() && readFileSync(join(entry.parentPath, entry.name)).length > 0))
  for (const entry of kept) {
    const path = join(entry.parentPath, entry.name)
    assert.equal(statSync(path).mode & 0o077, 0, path)
  }
})
