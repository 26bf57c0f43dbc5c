import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRegistryScene, type RegistryScene, registry, seesNothingReal, user } from './registry-scene.ts'
import { doorWays } from './ways-in.ts'
import type { Received } from './world.ts'

const manifest = '/v2/acme/shop/manifests/1'
const pull = 'repository:acme/shop:pull'

/** What a client of a registry reads. */
function readErrors({ headers, text }: Received) {
  assert.equal(headers['content-type'], 'application/json')
  const { errors, ...others } = JSON.parse(text)
  assert.deepEqual([others, errors.length], [{}, 1])
  const [{ code, message, detail, ...unknown }] = errors
  assert.deepEqual(unknown, {})
  assert.equal(message, `${detail.detail}. ${detail.remedy}`)
  assert.match(detail.instance, /^exc_/)
  assert.match(String(headers['proxy-status']), new RegExp(`^coatcheck; .*details="${detail.code}"$`))
  return { code, detail }
}

async function denyPulls({ world }: RegistryScene): Promise<void> {
  const rules = [{ effect: 'deny', methods: ['GET', 'HEAD'], paths: ['/v2/acme/**'] }] as const
  await world.client.secrets.update('hub', { rules: { default: 'allow', rules } })
}

for (const way of doorWays.filter(({ name }) => ['CONNECT', 'SOCKS5', 'absolute-form'].includes(name))) {
  test(`N10: by ${way.name}, a client of a registry reads what a rule denies, and its remedy`, async () => {
    await using scene = await openRegistryScene()
    const token = await scene.tokenFor(pull)
    await denyPulls(scene)
    const headers = [['Authorization', `Bearer ${token}`]] as const
    const refused = await scene.send({ host: registry, target: manifest, headers }, way)
    const { code, detail } = readErrors(refused)
    assert.deepEqual([refused.status, code, detail.code], [403, 'DENIED', 'rule_denied'])
    seesNothingReal(scene, refused.text)
    const head = await scene.send({ host: registry, method: 'HEAD', target: manifest, headers }, way)
    assert.deepEqual([head.status, head.text, head.code], [403, '', 'rule_denied'])
    assert.deepEqual(scene.service.called.length, 1, 'the token service alone')
  })
}

test('N10: a client of a registry reads why the token service gives none, and what it may not ask for', async () => {
  await using scene = await openRegistryScene()
  scene.service.misbehave = (_request, response) => {
    response.writeHead(500).end()
    return true
  }
  const unavailable = await scene.ask([pull])
  assert.deepEqual([unavailable.status, readErrors(unavailable).detail.code], [503, 'token_unavailable'])
  const denied = await scene.ask(['repository:acme/shop:push'])
  assert.deepEqual([denied.status, readErrors(denied).code], [403, 'DENIED'])
})

test('SEC-12: a token written by hand is refused in the form of registries, and is still an alarm', async () => {
  await using scene = await openRegistryScene()
  const members = [user, registry, 'registry:catalog:*']
  const written = `${scene.placeholder}~${Buffer.from(JSON.stringify(members)).toString('base64url')}`
  const refused = await scene.call('GET', manifest, written)
  assert.equal(readErrors(refused).detail.code, 'placeholder_undeclared_place')
  assert.ok((await scene.world.events()).some(({ event }) => event.kind === 'alarm.raised'))
})

test('N3: too many requests to a registry are TOOMANYREQUESTS, with the time to wait', async () => {
  await using scene = await openRegistryScene()
  const token = await scene.tokenFor(pull)
  await scene.world.client.caps.set('secret', 'hub', [{ unit: 'requests', limit: 1, window: 'day' }])
  assert.equal((await scene.call('GET', manifest, token)).status, 200)
  const refused = await scene.call('GET', manifest, token)
  const { code, detail } = readErrors(refused)
  assert.deepEqual([refused.status, code, detail.code], [429, 'TOOMANYREQUESTS', 'cap_reached'])
  assert.ok(Number(refused.headers['retry-after']) > 0)
})

test('elsewhere at the host of a registry, and at other hosts, a refusal is a problem', async () => {
  await using scene = await openRegistryScene()
  const headers = [['Authorization', `Bearer ${scene.placeholder}`]] as const
  for (const [host, target] of [
    [registry, '/v1/search'],
    [registry, '/v20/'],
    ['blobs.service.test', '/v2/acme/shop/blobs/1'],
    ['auth.service.test', '/v1/token'],
  ] as const) {
    const refused = await scene.send({ host, target, headers })
    assert.equal(refused.status, 403, host + target)
    assert.match(String(refused.headers['content-type']), /^application\/problem\+json/, host + target)
  }
})
