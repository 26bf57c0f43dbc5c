import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { ActivityRow, AuditEvent } from '@coatcheck/contract'
import { type BundledScript, bundleScript } from '../fixtures/bundled-script.ts'
import { startOrigin } from '../fixtures/origin.ts'
import type { Route, RoutedRequest } from '../fixtures/origin-routes.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { brokerScript, ChildBroker } from './child-broker.ts'
import { type Sightings, sendTraffic } from './request-traffic.ts'
import { SecretLedger } from './secret-ledger.ts'

const kills = 200
/** Every so many kills, one falls into the time in which a broker opens its doors and makes a sandbox. */
const earlyEvery = 5
/** The longest that a broker lives after it was told to start, and after its first request, in milliseconds. */
const longestStartMs = 250
const longestWorkMs = 200
/** The longest pause between two changes, in which requests get their turn. */
const longestPauseMs = 40

const host = 'api.service.test'
const main = 'main'
const root = createTlsRoot()
const home = makeTemporaryHome()
const compileCache = makeTemporaryHome()

let script: BundledScript
let origin: VerifyingServer
let ledger: SecretLedger
let spare: ChildBroker
/** Called for each request that the service receives. */
let onArrival: () => void = () => {}
/** Path of each request that the service received, with the credential that came with it. */
const received = new Map<string, string>()
const sightings: Sightings = { ended: [], refused: [], faults: [] }

const routes = ['GET', 'POST'].map((method): Route => ({ method, path: /^\/r\//, answer }))

/** Answers in pieces, so that a kill can fall between them. */
async function answer({ request, response }: RoutedRequest): Promise<void> {
  const path = request.url ?? ''
  if (received.has(path)) sightings.faults.push(`${path} arrived twice`)
  received.set(path, (request.headers.authorization ?? '').replace('Bearer ', ''))
  onArrival()
  request.resume()
  for (let piece = 0; piece < 3; piece += 1) {
    response.write(`piece ${piece} of ${path}\n`)
    await delay(0)
  }
  response.end()
}

function launch(): ChildBroker {
  return new ChildBroker({ home: home.path, script: script.path, compileCache: compileCache.path })
}

/** The next broker; the one after it loads meanwhile. */
async function nextBroker(): Promise<ChildBroker> {
  const broker = spare
  await broker.loaded
  spare = launch()
  return broker
}

before(async () => {
  script = await bundleScript(brokerScript)
  origin = await startOrigin({ root, hosts: { [host]: 'public' }, routes })
  const pin = { address: '127.0.0.1', port: origin.port }
  ledger = new SecretLedger([{ to: host, inject: { kind: 'bearer' }, pin, roots: root.certificate }])
  spare = launch()
})

after(async () => {
  await spare.kill()
  await origin.close()
  script[Symbol.dispose]()
  home[Symbol.dispose]()
  compileCache[Symbol.dispose]()
})

/** Opens a broker and sends requests and changes through it, until it is gone. */
async function work(broker: ChildBroker, round: number, over: () => boolean): Promise<void> {
  await broker.start()
  const { client } = broker
  if (!ledger.secrets.has(main)) await ledger.create(client, main)
  const inside = await broker.createSandbox({ secrets: { API_KEY: main } })
  const clients = [1, 2, 3].map((number) =>
    sendTraffic({ inside, host, env: 'API_KEY', prefix: `/r/${round}/${number}`, sightings, over }),
  )
  const changes = (async () => {
    while (!over()) {
      await ledger.changeSomething(client, main, Math.random())
      await delay(Math.random() * longestPauseMs)
    }
  })()
  await Promise.all([changes, ...clients])
}

/** Kills a broker at a random moment: on its way, or in the middle of its work. */
async function killAtRandomMoment(broker: ChildBroker, round: number): Promise<void> {
  let killed = false
  const begun = Promise.withResolvers<void>()
  onArrival = begun.resolve
  const working = work(broker, round, () => killed).catch((error: unknown) => {
    begun.resolve()
    if (!killed) sightings.faults.push(`failed before the kill: ${error}`)
  })
  if (round % earlyEvery === earlyEvery - 1) await delay(Math.random() * longestStartMs)
  else await begun.promise.then(() => delay(Math.random() * longestWorkMs))
  killed = true
  await broker.kill()
  await working
}

function recordedEvents(): readonly AuditEvent[] {
  const folder = join(home.path, 'data', 'audit')
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => {
      // What follows the last line feed was being written when the broker died.
      const lines = readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1)
      return lines.map((line) => (JSON.parse(line) as { event: AuditEvent }).event)
    })
}

async function allRows({ client }: ChildBroker): Promise<readonly ActivityRow[]> {
  const rows: ActivityRow[] = []
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await client.audit.list({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    rows.push(...page.items)
    cursor = page.cursor
  }
  return rows
}

function assertJournalHolds(): void {
  const byPath = new Map<string, Set<string>>()
  const seen = new Set<string>()
  const management: string[] = []
  for (const { id, kind, path, subject } of recordedEvents()) {
    assert.ok(!seen.has(`${kind} ${id}`), `${kind} twice for ${id}`)
    seen.add(`${kind} ${id}`)
    if (path !== undefined) byPath.set(path, (byPath.get(path) ?? new Set()).add(kind))
    if (kind.startsWith('secret.')) management.push(`${kind} ${subject}`)
  }
  for (const path of received.keys()) assert.ok(byPath.get(path)?.has('exchange.intended'), `no intent for ${path}`)
  for (const path of sightings.ended) assert.ok(byPath.get(path)?.has('exchange.completed'), `no outcome for ${path}`)
  for (const id of sightings.refused) assert.ok(seen.has(`exchange.refused ${id}`), `no refusal ${id}`)
  for (const change of new Set(ledger.acknowledged)) {
    const count = (list: readonly string[]) => list.filter((one) => one === change).length
    assert.ok(count(management) >= count(ledger.acknowledged), `not every ${change} is recorded`)
  }
}

/** Compares what the broker has with what it acknowledged, by name and by using each value. */
async function assertSecretsHold(broker: ChildBroker): Promise<void> {
  const names = new Set<string>()
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await broker.client.secrets.list({ limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    for (const { name } of page.items) names.add(name)
    cursor = page.cursor
  }
  for (const [name, possible] of ledger.secrets) {
    if (!possible.has(null)) assert.ok(names.has(name), `${name} was acknowledged and is gone`)
    if (possible.size === 1 && possible.has(null)) assert.ok(!names.has(name), `${name} was deleted and is there`)
  }
  const variables = [...names].map((name, index) => [`SECRET_${index}`, name] as const)
  const inside = await broker.createSandbox({ secrets: Object.fromEntries(variables) })
  for (const [env, name] of variables) {
    const headers = [['Authorization', `Bearer ${inside.placeholder(env)}`]] as const
    const { status } = await inside.send({ host, target: `/r/last/${name}`, headers })
    assert.equal(status, 200)
    const value = received.get(`/r/last/${name}`)!
    assert.ok(ledger.secrets.get(name)?.has(value), `${name} has a value that was never acknowledged last`)
  }
}

test(`after kill -9 at ${kills} random moments nothing acknowledged is lost, and nothing left without a record (SEC-10)`, async (context) => {
  for (let round = 0; round < kills; round += 1) {
    const broker = await nextBroker()
    await killAtRandomMoment(broker, round)
    assert.deepEqual([...broker.faults, ...sightings.faults], [], `in round ${round}`)
  }
  const { ended, refused } = sightings
  context.diagnostic(`${received.size} requests arrived, ${ended.length} ended, ${refused.length} were refused`)
  context.diagnostic(`${ledger.acknowledged.length} changes of ${ledger.secrets.size} secrets were acknowledged`)
  for (const value of received.values()) assert.ok(ledger.knows(value), 'only values of the secret reached the service')

  const broker = await nextBroker()
  await broker.start()
  await assertSecretsHold(broker)
  assertJournalHolds()
  const rows = await allRows(broker)
  const paths = rows.flatMap(({ event: { path } }) => path ?? []).filter((path) => received.has(path))
  assert.deepEqual([new Set(paths).size, paths.length], [received.size, received.size], 'one row for each request')
  const { ok, faults } = await broker.client.audit.verify()
  assert.deepEqual([ok, faults], [true, []])
  const { vault, journal } = await broker.client.status()
  assert.deepEqual([vault, journal], ['unlocked', 'ok'])
  await broker.stop()
  assert.deepEqual(broker.faults, [])
})
