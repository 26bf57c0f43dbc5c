import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ActivityRow, CreatedDecoy } from '@coatcheck/contract'
import { canaryOf, findCanaryInFolder } from '../fixtures/canary.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { api, type OneKeyScene, openOneKeyScene } from './one-key-scene.ts'
import { type Asking, type Place, sendBy, sendTo, waysIn } from './ways-in.ts'
import type { World } from './world.ts'

const encode = (text: string): string => Buffer.from(text).toString('base64')

let scene: OneKeyScene
let origin: VerifyingServer
let world: World
let place: Place

before(async () => {
  scene = await openOneKeyScene()
  ;({ origin, place, world } = scene)
})

after(() => scene[Symbol.asyncDispose]())

/** Records with the code that only the journal has, about one decoy. */
async function recordsOf({ id }: Pick<CreatedDecoy, 'id'>): Promise<readonly ActivityRow[]> {
  const events = await world.events()
  return events.filter(({ event }) => event.code === 'decoy_used' && event.note?.includes(id) === true)
}

/** Places in which a decoy is tried out. */
const surfaces: readonly (readonly [string, (text: string) => Pick<Asking, 'target' | 'headers'>])[] = [
  ['as Bearer', (text) => ({ target: '/json', headers: [['Authorization', `Bearer ${text}`]] })],
  ['in a field of its own', (text) => ({ target: '/json', headers: [['X-Api-Key', text]] })],
  [
    'inside a Basic pair',
    (text) => ({ target: '/json', headers: [['Authorization', `Basic ${encode(`me:${text}`)}`]] }),
  ],
  ['in a cookie', (text) => ({ target: '/json', headers: [['Cookie', `a=b; session=${text}`]] })],
  ['in the query', (text) => ({ target: `/json?page=1&key=${text}` })],
  ['in the path', (text) => ({ target: `/hooks/${text}/send` })],
]

for (const way of waysIn) {
  test(`N8 ${way.name}: a decoy is refused wherever it stands in a request, and each time is an alarm`, async () => {
    const decoy = await world.client.decoys.create({ name: way.name.replaceAll(/\W/g, ' '), provider: 'openai' })
    assert.equal(decoy.lastSeenAt, null)
    const before = origin.requests.length
    for (const [where, asking] of surfaces) {
      const answer = await sendBy(way, place, { host: api, secret: 'api', ...asking(decoy.placeholder) })
      assert.equal(answer.status, 403, where)
      assert.equal(answer.code, 'placeholder_foreign', where)
      // SECURITY: whoever tries it out is not to learn that it is a decoy.
      assert.doesNotMatch(answer.text, /decoy|dcy_/i)
    }
    assert.equal(origin.requests.length, before, 'nothing went out')
    const kinds = (await recordsOf(decoy)).map(({ event }) => event.kind)
    for (const kind of ['exchange.refused', 'alarm.raised'] as const) {
      assert.equal(kinds.filter((each) => each === kind).length, surfaces.length, kind)
    }
    for (const { event } of await recordsOf(decoy)) assert.equal(event.sandbox, place.inside.sandbox.id)
    assert.notEqual((await world.client.decoys.get(decoy.id)).lastSeenAt, null)
  })
}

test('N8: the text of a decoy in a path is in no record, whatever it looks like', async () => {
  for (let round = 0; round < 40; round += 1) {
    const { id, placeholder } = await world.client.decoys.create({ name: 'bait' })
    const target = `/hooks/${placeholder}/send?again=${placeholder}`
    assert.equal((await place.inside.send({ host: api, target })).code, 'placeholder_foreign')
    await world.client.decoys.delete(id)
    const events = (await world.client.audit.list({ limit: 10 })).items
    assert.ok(events.some(({ event }) => event.path === '/hooks/[masked]/send'))
    assert.ok(!JSON.stringify(events).includes(placeholder), placeholder)
  }
})

test('N8: beside a placeholder that is good, and at a host that nothing allows, a decoy is an alarm all the same', async () => {
  const decoy = await world.client.decoys.create({ name: 'file', provider: 'github', keyPrefix: 'ghp_' })
  assert.match(decoy.placeholder, /^ghp_coatcheck_/)
  assert.equal(decoy.variable, 'GITHUB_TOKEN')
  const { inside } = place
  const good: readonly [string, string] = ['Authorization', `Bearer ${inside.placeholder('API_KEY')}`]
  const before = origin.requests.length
  const beside = await inside.send({ host: api, target: '/json', headers: [good, ['X-Note', decoy.placeholder]] })
  assert.equal(beside.code, 'placeholder_foreign')
  const absolute = waysIn.find(({ name }) => name === 'absolute-form')!
  const headers = [['Authorization', `Bearer ${decoy.placeholder}`]] as const
  await sendBy(absolute, place, { host: 'evil.example', secret: 'api', target: '/', headers })
  assert.equal(origin.requests.length, before)
  const hosts = (await recordsOf(decoy)).filter(({ kind }) => kind === 'alarm').map(({ event }) => event.host)
  assert.deepEqual(hosts, [api, 'evil.example'])
})

test('N8: a decoy is told from a placeholder of another sandbox by the journal alone', async () => {
  const decoy = await world.client.decoys.create({ name: 'alike' })
  const other = await world.createSandbox({ secrets: { API_KEY: 'api' } })
  const tryOut = async (text: string) => {
    const { status, text: body } = await place.inside.send({
      host: api,
      headers: [['Authorization', `Bearer ${text}`]],
    })
    return { status, body: body.replaceAll(/(?:exc|grt)_[0-9a-z]{20}/g, '$') }
  }
  assert.deepEqual(await tryOut(decoy.placeholder), await tryOut(other.placeholder('API_KEY')))
  await other.end()
})

test('N8: a stranger who shows a decoy at the door is turned away as any other, and is an alarm', async () => {
  const decoy = await world.client.decoys.create({ name: 'for strangers', provider: 'stripe' })
  const { hostname, port, host } = new URL(place.proxyUrl)
  const send = (text: string) =>
    sendTo({ host: hostname, port }, { headers: [['Authorization', `Bearer ${text}`]] }, host, '/v1/charges')
  const answer = await send(decoy.placeholder)
  assert.deepEqual([answer.status, answer.code], [401, (await send('sk_live_coatcheck_0123456789bcdefghijklmno')).code])
  assert.doesNotMatch(answer.text, /decoy|dcy_/i)
  const kinds = (await recordsOf(decoy)).map(({ event }) => event.kind)
  assert.deepEqual(kinds, ['connection.refused', 'alarm.raised'])
})

test('N8: a decoy that was deleted is like any other text', async () => {
  const decoy = await world.client.decoys.create({ name: 'gone', provider: 'openai' })
  await world.client.decoys.delete(decoy.id)
  const headers = [['Authorization', `Bearer ${decoy.placeholder}`]] as const
  const { code } = await place.inside.send({ host: api, headers })
  assert.equal(code, 'foreign_credential')
  assert.deepEqual(await recordsOf(decoy), [])
})

test('N8: what explains a request takes no note of a decoy in it', async () => {
  const decoy = await world.client.decoys.create({ name: 'explained' })
  const { verdict } = await world.client.explain({
    sandbox: place.inside.sandbox.id,
    method: 'GET',
    url: `https://${api}/${decoy.placeholder}`,
  })
  assert.ok(verdict.outcome === 'refused' && verdict.alarm)
  assert.equal((await world.client.decoys.get(decoy.id)).lastSeenAt, null)
})

test('N8: the text of a decoy is in the reply that makes it, and nowhere else', async () => {
  const decoy = await world.client.decoys.create({ name: 'sealed', provider: 'openai' })
  await place.inside.send({ host: api, headers: [['Authorization', `Bearer ${decoy.placeholder}`]] })
  const { items } = await world.client.decoys.list({ limit: 1000 })
  assert.ok(!JSON.stringify(items).includes(decoy.placeholder))
  assert.ok(!JSON.stringify(await world.events()).includes(decoy.placeholder))
  assert.deepEqual(findCanaryInFolder(world.home, canaryOf(decoy.placeholder)), [])
})

test('V6, N8: a decoy is still one after the key of the vault has changed', async () => {
  const decoy = await world.client.decoys.create({ name: 'rekeyed', provider: 'openai' })
  await world.client.vault.rotateKey()
  const { code } = await place.inside.send({ host: api, headers: [['Authorization', `Bearer ${decoy.placeholder}`]] })
  assert.equal(code, 'placeholder_foreign')
  assert.notEqual((await recordsOf(decoy)).length, 0)
})

for (const [what, input, field] of [
  ['of a provider that nobody knows', { name: 'a', provider: 'nosuch' }, /provider/i],
  ['with a beginning that no key has', { name: 'a', provider: 'stripe', keyPrefix: 'zz_' }, /keyPrefix/],
  ['with a beginning and no provider', { name: 'a', keyPrefix: 'sk_' }, /keyPrefix/],
  ['without a name', { name: '' }, /name/],
] as const) {
  test(`a decoy ${what} is refused`, async () => {
    await assert.rejects(world.client.decoys.create(input), field)
  })
}
