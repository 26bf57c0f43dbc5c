import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { BrokerOptions } from '@coatcheck/broker'
import type { Scope } from '@coatcheck/contract'
import { findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { doorWays, sendBy } from './ways-in.ts'
import { type Inside, openWorld, type Received, testedPlane, type World } from './world.ts'

const api = 'api.service.test'
const root = createTlsRoot()
const absolute = doorWays.find(({ name }) => name === 'absolute-form')!
const proxy = { listen: { host: '127.0.0.1', port: 0 } }
const canaries = { env: makeCanary('sk-env-'), file: makeCanary('sk-file-'), exec: makeCanary('sk-exec-') }
const next = makeCanary('sk-next-')

let origin: VerifyingServer
before(async () => {
  origin = await startOrigin({ root, hosts: { [api]: [] } })
})
after(() => origin.close())

const accept = (...values: readonly string[]) =>
  origin.accept(
    api,
    values.map((value) => ({ scheme: 'bearer', value })),
  )

const scope = (): Scope => ({
  to: api,
  inject: { kind: 'bearer' },
  pin: { address: '127.0.0.1', port: origin.port },
  roots: root.certificate,
})

/** A broker whose sources are one of each local kind, with the files that these read. */
class Scene implements AsyncDisposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'coatcheck-sources-')))
  readonly valueFile = join(this.folder, 'value')
  readonly program = join(this.folder, 'program')
  readonly calls = join(this.folder, 'calls')
  world!: World

  async open(freshForSeconds: number, maxAgeSeconds = 3600, further: Pick<BrokerOptions, 'clock'> = {}): Promise<this> {
    const rootsFile = join(this.folder, 'roots.pem')
    const said = join(this.folder, 'said')
    writeFileSync(rootsFile, root.certificate)
    writeFileSync(this.valueFile, `${canaries.file.value}\n`, { mode: 0o600 })
    writeFileSync(said, `${canaries.exec.value}\n`, { mode: 0o600 })
    writeFileSync(this.program, `#!/bin/sh\necho x >> ${this.calls}\nexec cat ${said}\n`, { mode: 0o700 })
    const reach = { to: api, pin: scope().pin, rootsFile }
    const shared = { to: [reach], freshForSeconds, maxAgeSeconds }
    const sources = {
      'from-env': { kind: 'env', variable: 'SERVICE_KEY', ...shared },
      'from-file': { kind: 'file', path: this.valueFile, ...shared },
      'from-exec': { kind: 'exec', command: [this.program], ...shared },
    }
    const home = makeTemporaryHome()
    mkdirSync(join(home.path, 'keys'), { mode: 0o700 })
    writeFileSync(join(home.path, 'keys/sources.yaml'), JSON.stringify({ sources }), { mode: 0o600 })
    const sourceVariables = { SERVICE_KEY: canaries.env.value }
    this.world = await openWorld({ settings: { httpPlane: testedPlane, proxy }, sourceVariables, ...further }, home)
    return this
  }

  async sandbox(sourceName: string): Promise<Inside> {
    await this.world.client.secrets.create({ name: sourceName, sourceName, scopes: [scope()] })
    return this.world.createSandbox({ secrets: { API_KEY: sourceName } })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]()
    rmSync(this.folder, { recursive: true })
  }
}

const ask = (inside: Inside): Promise<Received> =>
  inside.send({
    host: api,
    target: '/v1/models',
    headers: [['Authorization', `Bearer ${inside.placeholder('API_KEY')}`]],
  })

describe('values that live', () => {
  let scene: Scene
  before(async () => {
    scene = await new Scene().open(1)
  })
  after(() => scene[Symbol.asyncDispose]())

  for (const kind of ['env', 'file', 'exec'] as const) {
    test(`N11: a request carries the value of a source of the kind ${kind}, which lies nowhere`, async () => {
      accept(canaries[kind].value)
      const inside = await scene.sandbox(`from-${kind}`)
      assert.notEqual((await ask(inside)).status, 401)
      assert.equal((await ask(inside)).code, undefined)
      assert.deepEqual(findCanaryInFolder(scene.world.home, canaries[kind]), [])
      const { source, version } = await scene.world.client.secrets.get(`from-${kind}`)
      assert.deepEqual([source?.name, source?.kind, source?.lastError, version], [`from-${kind}`, kind, null, 1])
    })
  }
})

/** Asks by the door for registered sandboxes, which workers keep where there are any. */
async function registered({ world }: Scene, secret: string) {
  const { proxyUrl } = world.broker
  const sandbox = await world.client.sandboxes.create({ secrets: { API_KEY: secret } })
  const placeholder = sandbox.connect!.env['API_KEY']!
  const headers = [['Authorization', `Bearer ${placeholder}`]] as const
  const place = { proxyUrl: proxyUrl!, inside: undefined as never }
  return () => sendBy(absolute, place, { host: api, secret, target: '/v1/models', headers }, sandbox)
}

async function metricsOf({ world }: Scene): Promise<string> {
  const request = httpRequest({ socketPath: world.broker.socketPath, path: '/metrics', agent: false }).end()
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return text(response)
}

/** Asks until the answer has the code, or none; a source is asked again when its value is no longer fresh. */
async function askUntil(send: () => Promise<Received>, code: string | undefined): Promise<Received> {
  for (let tries = 0; ; tries += 1) {
    const received = await send()
    if (received.code === code && received.status !== 401) return received
    assert.ok(tries < 200, `it stays ${received.status} ${received.text}`)
    await delay(100)
  }
}

test('AC-18.3, SEC-16: a value that changed at its source goes on the next request, on another connection', async () => {
  await using scene = await new Scene().open(3600)
  accept(canaries.file.value, next.value)
  const inside = await scene.sandbox('from-file')
  const placeholder = inside.placeholder('API_KEY')
  for (let count = 0; count < 3; count += 1) assert.equal((await ask(inside)).status, 200)
  accept(next.value)
  writeFileSync(scene.valueFile, next.value)
  const before = origin.requests.at(-1)!.connection
  const { version } = await scene.world.client.secrets.refresh('from-file')
  assert.equal(version, 2)
  assert.equal((await ask(inside)).status, 200)
  assert.notEqual(origin.requests.at(-1)!.connection, before)
  assert.equal(inside.placeholder('API_KEY'), placeholder)
  const events = await scene.world.events()
  const noted = events.find(({ event }) => event.kind === 'secret.rotated')
  assert.equal(noted?.event.note, 'by its source from-file')
  assert.deepEqual(noted?.event.secrets, ['from-file@2'])
})

test('AC-18.3: a registered sandbox has the new value once the old one is no longer fresh, at every door', async () => {
  await using scene = await new Scene().open(1)
  await scene.world.client.secrets.create({ name: 'key', sourceName: 'from-file', scopes: [scope()] })
  const send = await registered(scene, 'key')
  accept(canaries.file.value)
  assert.equal((await send()).status, 200)
  accept(next.value)
  writeFileSync(scene.valueFile, next.value)
  await askUntil(send, undefined)
})

test('AC-18.2: fifty requests at one moment run the program once', async () => {
  await using scene = await new Scene().open(3600)
  accept(canaries.exec.value)
  await scene.world.client.secrets.create({ name: 'key', sourceName: 'from-exec', scopes: [scope()] })
  const send = await registered(scene, 'key')
  await scene.world.client.vault.lock()
  await scene.world.client.vault.unlock()
  const before = readFileSync(scene.calls, 'utf8').length
  const received = await Promise.all(Array.from({ length: 50 }, () => send()))
  assert.deepEqual([...new Set(received.map(({ status }) => status))], [200])
  assert.equal(readFileSync(scene.calls, 'utf8').length - before, 2)
})

test('AC-5.6: a value that the service does not take is fetched anew for the next request, and not for each', async () => {
  let offsetMs = 0
  const clock = { now: () => new Date(Date.now() + offsetMs), monotonicMs: () => performance.now() + offsetMs }
  await using scene = await new Scene().open(3600, 7200, { clock })
  await scene.world.client.secrets.create({ name: 'key', sourceName: 'from-exec', scopes: [scope()] })
  const send = await registered(scene, 'key')
  const calls = (): number => readFileSync(scene.calls, 'utf8').length / 2
  const statuses = async (count: number): Promise<readonly number[]> => {
    const seen: number[] = []
    for (let turn = 0; turn < count; turn += 1) seen.push((await send()).status)
    return seen
  }
  accept(canaries.exec.value)
  assert.deepEqual(await statuses(3), [200, 200, 200])
  const first = calls()
  accept(next.value)
  writeFileSync(join(scene.folder, 'said'), next.value)
  assert.deepEqual(await statuses(2), [401, 401], 'what was fetched a moment ago is not fetched anew')
  assert.equal(calls(), first)
  offsetMs += 31_000
  assert.deepEqual(await statuses(4), [401, 200, 200, 200])
  assert.equal(calls(), first + 1)
  accept()
  for (let turn = 0; turn < 5; turn += 1) {
    offsetMs += 31_000
    assert.deepEqual(await statuses(2), [401, 401])
  }
  assert.equal(calls(), first + 2, 'a value that the source gives again is fetched once')
})

test('AC-18.4: in an outage the last good value is used up to its age, then that secret alone fails, and recovers', async () => {
  await using scene = await new Scene().open(1, 3)
  accept(canaries.file.value, canaries.exec.value)
  const inside = await scene.sandbox('from-file')
  const other = await scene.sandbox('from-exec')
  assert.equal((await ask(inside)).status, 200)
  rmSync(scene.valueFile)
  assert.equal((await ask(inside)).status, 200)
  const refused = await askUntil(() => ask(inside), 'source_unavailable')
  assert.equal(refused.status, 503)
  assert.match(refused.text, /from-file/)
  assert.match(refused.text, /does not exist/)
  assert.ok(!refused.text.includes(scene.valueFile))
  assert.equal((await ask(other)).status, 200)
  writeFileSync(scene.valueFile, canaries.file.value, { mode: 0o600 })
  await askUntil(() => ask(inside), undefined)
})

test('SEC-06: what a source may be used for is the configuration’s to say', async () => {
  await using scene = await new Scene().open(3600)
  const { secrets } = scene.world.client
  const dials = origin.dials
  const refused: readonly (readonly [string, Scope])[] = [
    ['another host', { ...scope(), to: 'evil.service.test' }],
    ['a wildcard around it', { ...scope(), to: '*.service.test' }],
    ['another address', { ...scope(), pin: { address: '127.0.0.2', port: origin.port } }],
    ['no pin', { to: api, inject: { kind: 'bearer' } }],
    ['further roots', { ...scope(), roots: createTlsRoot().certificate }],
    ['private addresses', { ...scope(), allowPrivate: true }],
    [
      'another token service',
      { ...scope(), inject: { kind: 'registry', tokenUrl: 'https://evil.service.test/token' } },
    ],
  ]
  for (const [what, wider] of refused) {
    const input = { name: 'key', sourceName: 'from-exec', scopes: [wider] }
    await assert.rejects(secrets.create(input), { code: 'source_forbidden' }, what)
  }
  const tokenUrl = 'https://evil.service.test/token'
  const oauth: Scope = { ...scope(), inject: { kind: 'oauth2', grant: 'client-credentials', tokenUrl } }
  const asking = secrets.create({ name: 'key', sourceName: 'from-exec', scopes: [oauth] })
  await assert.rejects(asking, { code: 'source_forbidden' }, 'another token endpoint')
  await assert.rejects(secrets.create({ name: 'key', sourceName: 'nowhere', scopes: [scope()] }), {
    code: 'source_forbidden',
  })
  await secrets.create({ name: 'key', sourceName: 'from-exec', scopes: [scope()] })
  for (const [what, wider] of refused) {
    const update = secrets.update('key', { scopes: [wider], value: canaries.exec.value })
    await assert.rejects(update, { code: 'source_forbidden' }, what)
  }
  await assert.rejects(secrets.rotate('key', next.value), { code: 'secret_sourced' })
  assert.equal(origin.dials, dials)
})

test('SEC-02: widening within the configuration still needs the value', async () => {
  await using scene = await new Scene().open(3600)
  const { secrets } = scene.world.client
  await secrets.create({ name: 'key', sourceName: 'from-exec', scopes: [{ ...scope(), to: `${api}/v1` }] })
  const wider = [scope()]
  await assert.rejects(secrets.update('key', { scopes: wider }), { code: 'value_required' })
  await assert.rejects(secrets.update('key', { scopes: wider, value: next.value }), { code: 'value_required' })
  assert.equal((await secrets.update('key', { scopes: wider, value: canaries.exec.value })).scopes[0]?.to, api)
})

test('a value that cannot be sent through the scopes is not used, and the operator sees why', async () => {
  await using scene = await new Scene().open(1)
  accept(canaries.file.value)
  const inside = await scene.sandbox('from-file')
  assert.equal((await ask(inside)).status, 200)
  writeFileSync(
    scene.valueFile,
    `${next.value}
X-Injected: yes`,
  )
  await assert.rejects(scene.world.client.secrets.refresh('from-file'), { code: 'secret_unusable' })
  const refused = await askUntil(() => ask(inside), 'secret_unavailable')
  assert.ok(!refused.text.includes(next.value))
  assert.ok(!origin.requests.some(({ rawHeaders }) => rawHeaders.includes('X-Injected')))
})

test('a locked vault has no values of sources, and a broker without the source refuses', async () => {
  await using scene = await new Scene().open(3600)
  accept(canaries.file.value)
  const inside = await scene.sandbox('from-file')
  assert.equal((await ask(inside)).status, 200)
  await scene.world.client.vault.lock()
  assert.notEqual((await ask(inside)).status, 200)
  assert.equal(
    (await scene.world.client.sources.list()).items.every(({ fetchedAt }) => fetchedAt === null),
    true,
  )
})

test('AC-4.4: nobody gets a placeholder of a secret that cannot be resolved', async () => {
  await using scene = await new Scene().open(1, 1)
  const { secrets, sandboxes } = scene.world.client
  await secrets.create({ name: 'key', sourceName: 'from-file', scopes: [scope()] })
  const { id } = await sandboxes.create({})
  rmSync(scene.valueFile)
  for (let tries = 0; (await secrets.get('key')).source?.lastError === null; tries += 1) {
    assert.ok(tries < 200)
    await delay(50)
    await secrets.refresh('key').catch(() => undefined)
  }
  await delay(1_000)
  await assert.rejects(sandboxes.create({ secrets: { API_KEY: 'key' } }), { code: 'source_unavailable' })
  await assert.rejects(sandboxes.attach(id, 'API_KEY', { secret: 'key' }), { code: 'source_unavailable' })
  assert.match(await metricsOf(scene), /^coatcheck_sources_failing 1$/m)
})
