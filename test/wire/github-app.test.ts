import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import { gitHub, gitHubApi } from '../fixtures/minting-service.ts'
import { type MintingPlace, type MintingScene, openMintingScene } from './minting-scene.ts'
import { poll } from './poll.ts'

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = keys.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()
const line = pem.split('\n')[3]!
const app = { id: 'Iv1.app', key: keys.publicKey }
const inject: InjectorSpec = {
  kind: 'github-app',
  app: app.id,
  installation: '4711',
  permissions: { contents: 'read', issues: 'write' },
  repositories: ['shop'],
}

const openScene = (further: Partial<InjectorSpec> = {}, clock?: { now(): Date; monotonicMs(): number }) =>
  openMintingScene({
    app,
    value: pem,
    scopes: [
      { to: gitHubApi, inject: { ...inject, ...further } },
      { to: gitHub, inject: { ...inject, ...further, scheme: 'Basic' } },
    ],
    ...(clock && { clock }),
  })

const call = ({ env, send }: MintingPlace, target = '/repos/acme/shop/contents/x') =>
  send({ host: gitHubApi, target, headers: [['Authorization', `Bearer ${env['KEY']}`]] })

async function derivations({ world }: MintingScene): Promise<readonly string[]> {
  const events = (await world.events()).map(({ event }) => event)
  return events
    .filter(({ kind }) => kind.startsWith('derivation.'))
    .map(({ kind, method, path, upstreamStatus = '' }) => `${kind} ${method} ${path} ${upstreamStatus}`.trim())
}

test('G7: an installation token for one repository and two permissions is made once, for API and git alike', async () => {
  await using scene = await openScene()
  const { service } = scene
  const place = await scene.enter()
  for (let turn = 0; turn < 2; turn += 1) {
    const { status, text } = await call(place)
    assert.equal(status, 200, text)
  }
  for (const user of ['git', 'x-access-token', 'me']) {
    const pair = Buffer.from(`${user}:${place.env['KEY']}`).toString('base64')
    const target = '/acme/shop.git/info/refs?service=git-upload-pack'
    const { status } = await place.send({ host: gitHub, target, headers: [['Authorization', `Basic ${pair}`]] })
    assert.equal(status, 200, user)
  }
  assert.deepEqual(service.mintings, [
    {
      host: gitHubApi,
      method: 'POST',
      path: '/app/installations/4711/access_tokens',
      asked: { permissions: { contents: 'read', issues: 'write' }, repositories: ['shop'] },
    },
  ])
  assert.deepEqual(new Set(service.taken.map(([, , number]) => number)), new Set([1]))
  assert.deepEqual(await derivations(scene), [
    'derivation.intended POST /app/installations/4711/access_tokens',
    'derivation.completed POST /app/installations/4711/access_tokens 201',
  ])
  const told = JSON.stringify(await scene.world.events())
  for (const text of [line, ...service.given]) assert.ok(!told.includes(text))
})

test('G7: 20 requests of one grant cause one question; two grants never share a token', async () => {
  await using scene = await openScene()
  const { service } = scene
  const [one, other] = [await scene.enter(), await scene.enter()]
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      call(index % 2 === 0 ? one : other, `/repos/acme/shop/${index % 2}/${index}`),
    ),
  )
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.equal(service.mintings.length, 2)
  const tokens = [0, 1].map((half) =>
    service.taken.filter(([, target]) => target.startsWith(`/repos/acme/shop/${half}/`)).map(([, , number]) => number),
  )
  assert.deepEqual(
    tokens.map((numbers) => new Set(numbers).size),
    [1, 1],
  )
  assert.notEqual(tokens[0]![0], tokens[1]![0])
})

test('G7: a token is revoked at GitHub when its grant ends, and recorded; the other grant keeps its own', async () => {
  await using scene = await openScene()
  const { service, world } = scene
  const [one, other] = [await scene.enter(), await scene.enter()]
  assert.equal((await call(one)).status, 200)
  assert.equal((await call(other)).status, 200)
  const [first, second] = service.good
  await world.client.sandboxes.detach(one.sandbox.id, 'KEY')
  await poll(() => (service.good.length === 1 ? true : undefined))
  assert.deepEqual(service.good, [second])
  assert.notEqual(first, second)
  assert.equal((await call(other)).status, 200)
  const revoked = await poll(async () => (await derivations(scene)).find((text) => text.endsWith('token 204')))
  assert.equal(revoked, 'derivation.completed DELETE /installation/token 204')
  await world.client.sandboxes.end(other.sandbox.id)
  await poll(() => (service.good.length === 0 ? true : undefined))
})

test('G7: a new value of the secret makes a new token, and the one before is given back', async () => {
  await using scene = await openScene()
  const { service, world } = scene
  const place = await scene.enter()
  assert.equal((await call(place)).status, 200)
  await world.client.secrets.rotate('key', pem)
  assert.equal((await call(place, '/after')).status, 200)
  await poll(() => (service.good.length === 1 ? true : undefined))
  assert.deepEqual(service.good, [service.given[1]])
  assert.deepEqual(
    service.taken.map(([, , number]) => number),
    [1, 2],
  )
})

test('G7: with the vault locked nothing is sent with what was made before', async () => {
  await using scene = await openScene()
  const { service, world } = scene
  const place = await scene.enter()
  assert.equal((await call(place)).status, 200)
  await world.client.vault.lock()
  assert.equal((await call(place)).status, 503)
  assert.equal((await call(place, '/other')).status, 503)
  assert.equal(service.taken.length, 1)
})

test('G7: the tokens of a broker that stops are revoked', async () => {
  const scene = await openScene()
  const { service, world } = scene
  assert.equal((await call(await scene.enter())).status, 200)
  await world[Symbol.asyncDispose]()
  assert.deepEqual(service.good, [])
  await service[Symbol.asyncDispose]()
})

test('G7: near its end a token is made anew', async () => {
  let offsetMs = 0
  const clock = {
    now: () => new Date(Date.now() + offsetMs),
    monotonicMs: () => performance.now() + offsetMs,
  }
  await using scene = await openScene({}, clock)
  const place = await scene.enter()
  const { service } = scene
  service.lifeSeconds = 600
  const pass = (ms: number): void => {
    offsetMs = ms
    service.aheadMs = ms
  }
  for (const [ms, questions] of [
    [0, 1],
    [500_000, 1],
    [545_000, 2],
  ] as const) {
    pass(ms)
    assert.equal((await call(place, `/after/${ms}`)).status, 200)
    assert.equal(service.mintings.length, questions)
  }
  assert.deepEqual(
    service.taken.map(([, , number]) => number),
    [1, 1, 2],
  )
})

const wider: readonly (readonly [string, object])[] = [
  ['a further permission', { permissions: { contents: 'read', administration: 'read' } }],
  ['a higher level', { permissions: { contents: 'write', issues: 'write' } }],
  ['an unknown level', { permissions: { contents: 'owner' } }],
  ['no word on permissions', { permissions: undefined }],
  ['a further repository', { repositories: [{ name: 'shop' }, { name: 'vault' }] }],
  ['all repositories', { repository_selection: 'all' }],
  ['no word on repositories', { repositories: undefined }],
]
for (const [what, answer] of wider) {
  test(`G7: a token with ${what} is not used, and given back`, async () => {
    await using scene = await openScene()
    const { service } = scene
    service.answer = answer
    const { status, code } = await call(await scene.enter())
    assert.deepEqual([status, code], [503, 'token_unavailable'])
    await poll(() => (service.good.length === 0 ? true : undefined))
    assert.deepEqual(service.taken, [])
    assert.equal(service.given.length, 1)
  })
}

test('SEC-09: a sandbox cannot ask for such a token itself, nor end one', async () => {
  await using scene = await openScene()
  const place = await scene.enter()
  const headers = [['Authorization', `Bearer ${place.env['KEY']}`]] as const
  const target = '/app/installations/4711/access_tokens'
  const { status, code } = await place.send({ host: gitHubApi, method: 'POST', target, headers, body: '{}' })
  assert.deepEqual([status, code], [403, 'call_refused'])
  assert.deepEqual(scene.service.mintings, [])
})

test('a key that GitHub does not know leaves the request without a token, and is asked with once', async () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
  await using scene = await openMintingScene({
    app: { ...app, key: other.publicKey },
    value: pem,
    scopes: [{ to: gitHubApi, inject }],
  })
  const place = await scene.enter()
  for (let turn = 0; turn < 2; turn += 1) {
    const { status, code, text } = await call(place)
    assert.deepEqual([status, code], [503, 'token_unavailable'])
    assert.ok(!text.includes(line))
  }
  assert.deepEqual(scene.service.faults, ['401 api.github.com/app/installations/4711/access_tokens'])
})
