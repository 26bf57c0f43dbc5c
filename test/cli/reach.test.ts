import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { receiptHolds } from '@coatcheck/broker/offline-policy'
import type { AuditCheckpoint, Reach, ReachDifference, ReachReceipt, RuleList } from '@coatcheck/contract'
import { startOrigin } from '../fixtures/origin.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Inside, openWorld, type World } from '../wire/world.ts'

const { runCaptured } = (await import(
  join(repositoryRoot, 'packages/cli/src/captured-command-line.suite.ts')
)) as typeof import('../../packages/cli/src/captured-command-line.suite.ts')

const host = 'api.service.test'
const root = createTlsRoot()
const rules: RuleList = {
  default: 'deny',
  rules: [
    { effect: 'allow', methods: ['GET'], paths: ['/v1/**'] },
    { effect: 'ask', methods: ['POST'], paths: ['/v1/refunds'] },
    { effect: 'allow', methods: ['POST'], paths: ['/v1/pay'], when: 'body.amount <= 5.0' },
    { name: 'no-keys', effect: 'deny', paths: ['/v1/keys/**'] },
  ],
}

let world: World
let origin: VerifyingServer
let inside: Inside
let id: string

/** In this process: each command of its own would cost more than all that is tried here. */
const coatcheck = {
  run: (args: readonly string[]) => runCaptured(args, { environment: { COATCHECK_HOME: world.home } }),
  async json<Output>(args: readonly string[]): Promise<Output> {
    return JSON.parse((await this.run([...args, '--json'])).stdout) as Output
  },
}

const file = (name: string, content: unknown): string => {
  const path = join(world.home, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

before(async () => {
  origin = await startOrigin({ root, hosts: { [host]: 'public' } })
  world = await openWorld()
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const scopes = [{ to: host, inject: { kind: 'bearer' as const }, ...reach }]
  await world.client.secrets.create({ name: 'service', value: 'sk-RealRealRealRealReal', scopes })
  inside = await world.createSandbox({
    secrets: { KEY: 'service' },
    rules: { KEY: rules },
    caps: [{ unit: 'usd', limit: 50, window: 'day' }],
  })
  id = inside.sandbox.id
})

after(async () => {
  await inside.end()
  await world[Symbol.asyncDispose]()
  await origin.close()
})

test('N13: reach says in sentences what could be done at worst, and shows an expression as unbounded', async () => {
  const { stdout, code } = await coatcheck.run(['reach', '--sandbox', id])
  assert.equal(code, 0)
  assert.match(
    stdout,
    /KEY on api\.service\.test, with no cap of its own: GET HEAD on \/v1\/\*\*; with approval, POST on/,
  )
  assert.match(stdout, /POST on \/v1\/pay unbounded: body\.amount <= 5\.0\. No dangerous call that is known\./)
  assert.match(stdout, /held to 50usd\/day of the sandbox/)
  assert.match(stdout, /No other host is reached\./)
  const reach = await coatcheck.json<Reach>(['reach', '--sandbox', id])
  assert.deepEqual([reach.tunnels, reach.grants[0]?.destinations[0]?.calls[0]?.except], [[], ['grant KEY: no-keys']])
})

test('N13: a receipt is signed, and says that what was done lies within what could be done', async () => {
  const get = async (target: string) => {
    const headers = [['Authorization', `Bearer ${inside.placeholder('KEY')}`]] as const
    return (await inside.send({ host, method: 'GET', target, headers })).status
  }
  assert.notEqual(await get('/v1/items'), 403)
  assert.equal(await get('/v2/items'), 403)
  const first = await coatcheck.json<ReachReceipt>(['reach', '--sandbox', id, '--receipt'])
  const { at: _at, heads, reach: hash, ...said } = first.statement
  assert.deepEqual(said, { sandbox: id, done: 1, within: 1, unseen: 0, outside: [] })
  assert.ok(heads.length > 0 && hash !== '')
  const anchor = await coatcheck.json<AuditCheckpoint>(['audit', 'checkpoint'])
  assert.ok(receiptHolds(first, anchor.publicKey), 'signed by the key that signs checkpoints')
  for (const forged of [
    { ...first, statement: { ...first.statement, done: 0 } },
    { ...first, reach: { ...first.reach, tunnels: ['*'] } },
    { ...first, signature: anchor.signature },
  ])
    assert.ok(!receiptHolds(forged, anchor.publicKey))
  await world.client.rules.set({ default: 'deny', rules: [] })
  const { code, stdout } = await coatcheck.run(['reach', '--sandbox', id, '--receipt'])
  const narrowed = JSON.parse(stdout) as ReachReceipt
  assert.deepEqual(narrowed.statement.outside, [`GET https://${host}:443/v1/items`])
  assert.equal(code, 1)
  await world.client.rules.set(null)
})

test('N13: what a change newly reaches is said against what was said before', async () => {
  const before = file('before.json', await coatcheck.json<Reach>(['reach', '--sandbox', id]))
  assert.deepEqual(await coatcheck.json<ReachDifference>(['reach', '--sandbox', id, '--diff', before]), {
    added: [],
    removed: [],
  })
  await world.client.sandboxes.update(id, { network: { allow: ['exit.example.com', host] } })
  const { code, stdout } = await coatcheck.run(['reach', '--sandbox', id, '--diff', before])
  assert.deepEqual([code, stdout], [1, '+ tunnel to exit.example.com\n'])
})

test('N13: lists of files are compared without a broker', async () => {
  const narrow = file(
    'narrow.yaml',
    'default: deny\nrules: [{ effect: allow, methods: [GET], paths: [/v1/charges/*] }]\n',
  )
  const wide = file('wide.yaml', 'default: deny\nrules: [{ effect: allow, methods: [GET, POST], paths: [/v1/**] }]\n')
  const widened = await coatcheck.run(['reach', '--rules', wide, '--provider', 'stripe', '--diff', narrow])
  assert.equal(widened.code, 1)
  assert.match(widened.stdout, /\+ KEY on api\.stripe\.com: GET POST HEAD on \/v1\/\*\*/)
  assert.match(widened.stdout, /\+ KEY on api\.stripe\.com: money: POST \/v1\/payouts/)
  const narrowed = await coatcheck.run(['reach', '--rules', narrow, '--provider', 'stripe', '--diff', wide])
  assert.equal(narrowed.code, 0)
  assert.match(narrowed.stdout, /^- KEY on api\.stripe\.com: GET POST HEAD/m)
  assert.match((await coatcheck.run(['reach', '--profile', 'open'])).stdout, /every host of the internet, unread/)
  assert.equal((await coatcheck.run(['reach', '--rules', wide, '--receipt'])).code, 2)
})
