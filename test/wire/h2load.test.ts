import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type Http2Origin, startHttp2Origin } from './http2-origin.ts'
import { type Inside, openWorld, type World } from './world.ts'

const run = promisify(execFile)
const skip = skipWithout('h2load', 'curl')
/** Speaks HTTP/2 alone. */
const double = 'double.service.test'
/** Speaks HTTP/1.1 alone. */
const single = 'single.service.test'
const key = makeCanary('sk-live-').value
const undo = new AsyncDisposableStack()
const requests = 2_000
let world: World
let inside: Inside
let origin: Http2Origin
let roots = ''

before(async () => {
  if (skip) return
  const home = makeTemporaryHome()
  const root = createTlsRoot()
  origin = undo.use(await startHttp2Origin(root, double))
  origin.answer = ({ stream, value }) => {
    const isRight = value('authorization') === `Bearer ${key}`
    stream.respond({ ':status': isRight ? 200 : 401 })
    stream.end('hello')
  }
  const older = await startOrigin({ root, hosts: { [single]: [{ scheme: 'bearer', value: key }] } })
  undo.defer(() => older.close())
  const pair = root.leaf('localhost')
  const [certificateFile, keyFile] = [join(home.path, 'door.pem'), join(home.path, 'door.key')]
  writeFileSync(certificateFile, pair.certificate)
  writeFileSync(keyFile, pair.key, { mode: 0o600 })
  const proxy = { listen: { host: '127.0.0.1', port: 0 }, tls: { certificateFile, keyFile } }
  world = undo.use(await openWorld({ settings: { httpPlane: 'own', proxy } }, home))
  const scope = (to: string, port: number) => {
    const pin = { address: '127.0.0.1', port }
    return { to, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  }
  await world.client.secrets.create({ name: 'double', value: key, scopes: [scope(double, origin.port)] })
  await world.client.secrets.create({ name: 'single', value: key, scopes: [scope(single, older.port)] })
  const secrets = { DOUBLE_KEY: 'double', SINGLE_KEY: 'single' }
  inside = await world.createSandbox({ secrets, from: ['127.0.0.0/8'] })
  roots = join(home.path, 'roots.pem')
  writeFileSync(roots, root.certificate)
})
after(() => undo.disposeAsync())

const bearer = (variable: string) => `authorization: Bearer ${inside.placeholder(variable)}`

async function load(options: readonly string[], variable: string): Promise<void> {
  const size = ['-n', String(requests), '-c', '4', '-m', '10']
  const { stdout } = await run('h2load', [...size, '-H', bearer(variable), ...options], { timeout: 60_000 })
  const all = `${requests} total, ${requests} started, ${requests} done, ${requests} succeeded, 0 failed, 0 errored`
  assert.ok(stdout.includes(all), stdout)
  assert.ok(stdout.includes(`status codes: ${requests} 2xx, 0 3xx, 0 4xx, 0 5xx`), stdout)
}

/** A file that names the gateway’s way to a secret, with the identity of the sandbox in it. */
function gatewayFile(secret: string, path: string, prefix = ''): string {
  const { id, token } = inside.sandbox
  const file = join(world.home, `gateway-${secret}`)
  const { port } = new URL(world.broker.proxyUrl!)
  writeFileSync(file, `${prefix}https://localhost:${port}/as/${id}.${token}/${secret}${path}\n`, { mode: 0o600 })
  return file
}

for (const [host, path, variable] of [
  [double, '/', 'DOUBLE_KEY'],
  [single, '/json', 'SINGLE_KEY'],
] as const) {
  test(`AC-13.1: h2load inside a sandbox has every request to ${host} answered over HTTP/2`, { skip }, async () => {
    const place = `--connect-to=${await inside.addressOf(host)}:${inside.portOf(443)}`
    await load(['--npn-list=h2', place, `https://${host}${path}`], variable)
  })
}

test('W6: h2load at the gateway’s TLS has every pipelined request answered, whatever the service speaks', {
  skip,
}, async () => {
  await load(['-i', gatewayFile('single', '/json')], 'SINGLE_KEY')
  assert.equal((await world.client.status()).faults, 0)
})

test('W6: curl that would rather speak HTTP/2 is served by the gateway in HTTP/1.1', { skip }, async () => {
  const settings = gatewayFile('single', '/json', 'url = ')
  const options = [
    '-s',
    '--http2',
    '--cacert',
    roots,
    '-H',
    bearer('SINGLE_KEY'),
    '-w',
    '\n%{http_version} %{http_code}',
  ]
  const { stdout } = await run('curl', [...options, '-K', settings], { timeout: 20_000 })
  assert.equal(stdout, '{"ok":true}\n1.1 200')
})

test('A2: each of the requests has one outcome on record', { skip }, async () => {
  let [outcomes, cursor]: [number, string | null | undefined] = [0, undefined]
  do {
    const page = await world.client.audit.list({ limit: 1_000, ...(cursor && { cursor }) })
    outcomes += page.items.filter(({ event }) => event.kind === 'exchange.completed').length
    cursor = page.cursor
  } while (cursor)
  assert.equal(outcomes, 3 * requests + 1)
})
