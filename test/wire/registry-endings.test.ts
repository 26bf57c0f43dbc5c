import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRegistryScene, openRepository, password, seesNothingReal, user } from './registry-scene.ts'

const pull = 'repository:acme/shop:pull'
const push = 'repository:acme/shop:pull,push'
const manifest = '/v2/acme/shop/manifests/1'

test('W8: with its grant, a token is over, and so is the answer for it', async () => {
  await using scene = await openRegistryScene()
  const { place, service, world } = scene
  const token = await scene.tokenFor(pull)
  assert.equal((await scene.call('GET', manifest, token)).status, 200)
  await world.client.sandboxes.detach(place.inside.sandbox.id, 'HUB')
  const calls = service.called.length
  assert.equal((await scene.call('GET', manifest, token)).code, 'grant_ended')
  assert.equal((await scene.ask([pull])).code, 'grant_ended')
  assert.equal(service.called.length, calls)
})

test('W8: while the vault is locked nothing is answered, and no token goes out that was there before', async () => {
  await using scene = await openRegistryScene()
  const token = await scene.tokenFor(pull)
  await scene.world.client.vault.lock()
  assert.equal((await scene.call('GET', manifest, token)).code, 'secret_unavailable')
  assert.equal((await scene.ask([pull])).code, 'secret_unavailable')
  assert.equal(scene.service.called.length, 1)
})

test('R-111: a token that ended is made anew, at its end and where the registry takes it no longer', async () => {
  let offsetMs = 0
  const clock = {
    now: () => new Date(Date.now() + offsetMs),
    monotonicMs: () => performance.now() + offsetMs,
  }
  await using scene = await openRegistryScene({ clock })
  const { service } = scene
  const token = await scene.tokenFor(pull)
  const status = async (): Promise<number> => (await scene.call('GET', manifest, token)).status
  assert.deepEqual([await status(), await status(), service.asked.length], [200, 200, 1])
  offsetMs = 241_000
  assert.deepEqual([await status(), service.asked.length], [200, 2], 'its client asks for nothing anew')
  service.revoke()
  assert.equal(await status(), 401)
  offsetMs += 31_000
  assert.deepEqual([await status(), await status(), service.asked.length], [401, 200, 3])
})

test('R-57, R-112: a token service that gives none is a problem with a name, and nothing goes out without a token', async () => {
  await using scene = await openRegistryScene()
  const { service, world } = scene
  const answers = [
    [200, '<html>', /no JSON object/],
    [200, '{"token":"short"}', /no fit token/],
    [200, '{"token":"a token with spaces in it"}', /no fit token/],
    [200, '{"token":"a-token-of-some-length","expires_in":0}', /not good for any time/],
    [307, '', /status 307/],
    [500, password, /status 500/],
  ] as const
  for (const [index, [status, body, reason]] of answers.entries()) {
    service.misbehave = (_request, response) => {
      response.writeHead(status, { location: 'https://blobs.service.test/token' }).end(body)
      return true
    }
    const { code, text } = await scene.ask([`repository:acme/shop${index}:pull`])
    assert.equal(code, 'token_unavailable')
    assert.match(text, reason)
    seesNothingReal(scene, text)
  }
  service.misbehave = undefined
  service.setPassword(user, 'another one')
  for (const scope of [pull, 'repository:acme/window:pull']) {
    const wrong = await scene.ask([scope])
    assert.deepEqual([wrong.status, wrong.code], [503, 'token_unavailable'])
    assert.match(wrong.text, /status 401/)
  }
  assert.equal(service.asked.length, 1, 'a password that is refused is not tried for other scopes at once')
  assert.ok(service.called.every(({ host }) => host === 'auth.service.test'))
  const refused = (await world.events()).filter(({ event }) => event.kind === 'derivation.refused')
  assert.equal(refused.length, answers.length + 1)
})

test('G7: workers give the same answers, by what the main thread was asked', async () => {
  await using scene = await openRegistryScene({ workers: 2 })
  const { service } = scene
  const token = await scene.tokenFor(pull)
  const answers = await Promise.all(Array.from({ length: 12 }, () => scene.call('GET', manifest, token)))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.equal(service.asked.length, 1)
  assert.equal((await scene.ask([push])).code, 'token_scope_refused')
  const base = JSON.parse((await scene.ask([`repository:${openRepository}:pull`], null)).text).token
  assert.equal((await scene.call('GET', `/v2/${openRepository}/manifests/1`, base)).status, 200)
  seesNothingReal(scene, token, ...answers.map(({ text }) => text))
})

test('AC-4.6: of two logins at one registry, each is used where its own placeholder stands, with its own access', async () => {
  await using scene = await openRegistryScene()
  const { place, service, world } = scene
  const others = 'real-password-of-bob-0123456789'
  service.setPassword('bob', others)
  const { scopes } = await world.client.secrets.get('hub')
  const pushing = scopes.map((scope) => ({
    ...scope,
    roots: scene.roots,
    inject: { ...scope.inject, username: 'bob', access: 'push' },
  }))
  await world.client.secrets.create({ name: 'second', value: others, scopes: pushing })
  const { env } = await world.client.sandboxes.attach(place.inside.sandbox.id, 'SECOND', { secret: 'second' })
  const pair = `bob:${env['SECOND']}`
  const token = JSON.parse((await scene.ask([push], pair)).text).token
  assert.equal((await scene.call('PUT', manifest, token, '{}')).status, 201)
  assert.equal((await scene.call('GET', manifest, await scene.tokenFor(pull))).status, 200)
  assert.equal((await scene.ask([push])).code, 'token_scope_refused')
  assert.equal((await scene.ask([pull], `${user}:${env['SECOND']}`)).code, 'token_scope_refused')
  assert.deepEqual(
    service.asked.map((each) => each.pair),
    [`bob:${others}`, `${user}:${password}`],
  )
})
