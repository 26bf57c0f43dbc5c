import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { receiptHolds } from '@coatcheck/broker/offline-policy'
import type { AuditCheckpoint, CreatedKey, Reach, ReachDifference, ReachReceipt, RuleList } from '@coatcheck/contract'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { ask, bearer } from '../wire/key-scene.ts'
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
  world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } } } })
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const scopes = [{ to: host, inject: { kind: 'bearer' as const }, ...reach }]
  await world.client.secrets.create({ name: 'service', value: 'sk-RealRealRealRealReal', scopes })
  const elsewhere = { to: 'other.service.test', inject: { kind: 'bearer' as const } }
  await world.client.secrets.create({ name: 'wide', value: 'sk-WideWideWideWideWide', scopes: [...scopes, elsewhere] })
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

test('the same secret without a profile that would tunnel to its host, and with one', async () => {
  const list = file('hub.yaml', 'default: deny\nrules: [{ effect: allow, methods: [GET], paths: [/repos/**] }]\n')
  const args = ['reach', '--rules', list, '--provider', 'github']
  const [alone, dev] = [await coatcheck.json<Reach>(args), await coatcheck.json<Reach>([...args, '--profile', 'dev'])]
  assert.deepEqual(dev.grants, alone.grants)
  assert.deepEqual(alone.tunnels, [])
  assert.ok(dev.tunnels.includes('pypi.org') && dev.tunnels.includes('*.npmjs.org'))
  assert.ok(!dev.tunnels.includes('api.github.com'), 'what carries the secret is read')
})

const createKey = (label: string, input: { from?: string[]; expiresIn?: string } = {}): Promise<CreatedKey> =>
  world.client.keys.create({
    ...{ label, secret: 'wide', rules, expiresIn: '30m' },
    caps: [{ unit: 'usd', limit: 5, window: 'day' }],
    ...input,
  })

test('N13: the reach of a key is that of its rules and caps at the one host where it is good, and has its end', async () => {
  const key = await createKey('agent 7', { from: ['127.0.0.0/8'] })
  for (const name of ['agent 7', key.id]) {
    const { code, stdout } = await coatcheck.run(['reach', '--key', name])
    assert.equal(code, 0)
    assert.match(stdout, new RegExp(`The key is good from 127\\.0\\.0\\.0/8 alone, until ${key.expiresAt}\\.`))
    assert.match(stdout, /API_KEY on api\.service\.test, at most 5usd\/day of the grant: GET HEAD on \/v1\/\*\*/)
    assert.match(stdout, /No other host is reached\./)
    assert.doesNotMatch(stdout, /Without a secret|other\.service\.test/)
  }
  const reach = await coatcheck.json<Reach>(['reach', '--key', key.id])
  assert.deepEqual(reach.key, { expiresAt: key.expiresAt, endedAt: null, from: ['127.0.0.0/8'] })
  assert.deepEqual([reach.sandbox.name, reach.bare, reach.tunnels], ['agent 7', [], []])
  assert.deepEqual(
    reach.grants.flatMap(({ destinations }) => destinations.map(({ to }) => to)),
    [host],
  )
  assert.equal((await coatcheck.run(['reach', '--sandbox', 'agent 7'])).code, 3, 'a label is no name of a sandbox')
  assert.equal((await coatcheck.run(['reach', '--key', inside.sandbox.name])).code, 3)
})

test('N13: a receipt of a key covers what came by it, also once it is revoked', async () => {
  const key = await createKey('used')
  await world.client.caps.set('grant', key.grant, [{ unit: 'requests', limit: 5, window: 'day' }])
  const get = async (path: string) => (await ask(key.rootUrl!, { path, headers: bearer(key.key) })).code
  await get('/v1/items')
  assert.equal(await get('/v2/items'), 'rule_denied')
  const first = await coatcheck.json<ReachReceipt>(['reach', '--key', 'used', '--receipt'])
  const { done, outside, sandbox, within } = first.statement
  assert.deepEqual({ done, outside, sandbox, within }, { done: 1, outside: [], sandbox: key.id, within: 1 })
  assert.ok(receiptHolds(first))
  await world.client.keys.revoke(key.id)
  const after = await coatcheck.json<ReachReceipt>(['reach', '--key', key.id, '--receipt'])
  assert.deepEqual([after.statement.done, after.statement.within], [1, 1])
  assert.match((await coatcheck.run(['reach', '--key', key.id])).stdout, /The key is over since/)
})

test('N13: another key that is good for longer, or from more places, reaches more', async () => {
  const narrow = await createKey('narrow', { from: ['127.0.0.0/8'], expiresIn: '10m' })
  const wide = await createKey('wide', { expiresIn: '20m' })
  const [narrowly, widely] = await Promise.all(
    [narrow, wide].map(async ({ id }) => file(`${id}.json`, await coatcheck.json<Reach>(['reach', '--key', id]))),
  )
  const widened = await coatcheck.run(['reach', '--key', wide.id, '--diff', narrowly!])
  assert.equal(widened.code, 1)
  assert.deepEqual(
    widened.stdout.split('\n').filter((line) => line.startsWith('+')),
    [`+ good until ${wide.expiresAt}`, '+ good from anywhere'],
  )
  const narrowed = await coatcheck.run(['reach', '--key', narrow.id, '--diff', widely!])
  assert.equal(narrowed.code, 0)
  assert.match(narrowed.stdout, /^- good until/m)
})

test('N13: a list is compared with what a revision of git has of it', { skip: skipWithout('git') }, async () => {
  const folder = join(world.home, 'policy')
  mkdirSync(join(folder, 'lists'), { recursive: true })
  const rulesFile = join(folder, 'lists', 'rules.yaml')
  const write = (methods: string): void =>
    writeFileSync(rulesFile, `default: deny\nrules: [{ effect: allow, methods: [${methods}], paths: [/v1/**] }]\n`)
  const identity = ['-c', 'user.name=Agent', '-c', 'user.email=agent@clients.test']
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', [...identity, ...args], { cwd: folder, stdio: 'pipe' })
  git('init', '--quiet', '--initial-branch=main')
  writeFileSync(join(folder, 'elsewhere'), 'x')
  git('add', 'elsewhere')
  git('commit', '--quiet', '-m', 'Before the list')
  write('GET')
  const against = (revision: string) =>
    coatcheck.run(['reach', '--rules', rulesFile, '--provider', 'stripe', '--diff', `git:${revision}`])
  const absent = await against('main')
  assert.deepEqual([absent.code, /the revision does not have the file/i.test(absent.stderr)], [2, true], absent.stderr)
  git('add', '.')
  git('commit', '--quiet', '-m', 'The list')
  assert.deepEqual(await against('main'), { code: 0, stdout: 'The same is reached.\n', stderr: '' })
  write('GET, DELETE')
  const widened = await against('main')
  assert.equal(widened.code, 1)
  assert.match(widened.stdout, /^\+ KEY on api\.stripe\.com: GET DELETE HEAD/m)
  git('commit', '--quiet', '-am', 'Wider')
  assert.equal((await against('main')).code, 0)
  assert.equal((await against('main~1')).code, 1)
  for (const [revision, says] of [
    ['no-such-branch', /knows no such revision/],
    ['', /not the name of a revision/],
    ['--help', /not the name of a revision/],
    ['main:lists/rules.yaml', /not the name of a revision/],
  ] as const) {
    const { code, stderr } = await against(revision)
    assert.equal(code, 2, revision)
    assert.match(stderr, says)
  }
})

test('a repository that lacks an object brings no program to run', { skip: skipWithout('git') }, async () => {
  const folder = join(world.home, 'hostile')
  mkdirSync(folder)
  const list = join(folder, 'rules.yaml')
  writeFileSync(list, 'default: deny\nrules: []\n')
  const identity = ['-c', 'user.name=Agent', '-c', 'user.email=agent@clients.test']
  const git = (...args: readonly string[]): string =>
    execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim()
  git('init', '--quiet', '--initial-branch=main')
  git('add', 'rules.yaml')
  git('commit', '--quiet', '-m', 'The list')
  const blob = git('rev-parse', 'main:rules.yaml')
  rmSync(join(folder, '.git/objects', blob.slice(0, 2), blob.slice(2)))
  const marker = join(folder, 'was-run')
  for (const [name, value] of [
    ['core.repositoryformatversion', '1'],
    ['extensions.partialClone', 'origin'],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.url', `ext::sh -c touch% ${marker}`],
    ['protocol.ext.allow', 'always'],
  ] as const)
    git('config', name, value)
  const { code, stderr } = await coatcheck.run(['reach', '--rules', list, '--diff', 'git:main'])
  assert.deepEqual([code, existsSync(marker)], [2, false], stderr)
  assert.throws(() => git('cat-file', 'blob', blob))
  assert.ok(existsSync(marker), 'git alone would have run it')
})
