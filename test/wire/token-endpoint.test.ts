import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openHttp2 } from './http2-client.ts'
import { api, auth, byClient, clientSecret, openTokenScene, type TokenScene, tokenUrl } from './token-scene.ts'
import { doorWays } from './ways-in.ts'
import { type Received, testedPlane } from './world.ts'

const form = ['Content-Type', 'application/x-www-form-urlencoded'] as const
const tunnelled = doorWays.filter(({ name }) => ['CONNECT', 'SOCKS5', 'absolute-form'].includes(name))
const refreshToken = 'real-refresh-token-0-zzzzzzzzzzzzzzzzzz'
const byRefresh = { kind: 'oauth2', grant: 'refresh-token', tokenUrl }

function ask(
  scene: TokenScene,
  members: Readonly<Record<string, string>>,
  headers: readonly (readonly [string, string])[] = [],
): Promise<Received> {
  const body = new URLSearchParams(members).toString()
  return scene.send({ host: auth, target: '/oauth/token', method: 'POST', headers: [form, ...headers], body })
}

const basic = (user: string, password: string) =>
  ['Authorization', `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`] as const

for (const way of tunnelled) {
  test(`AC-5.4: a client that refreshes by itself, by ${way.name}, gets its placeholder, and nothing leaves`, async () => {
    const value = JSON.stringify({ client_id: 'the-client', refresh_token: refreshToken })
    await using scene = await openTokenScene({ inject: byRefresh, value, refreshToken })
    const { placeholder, service, world } = scene
    const members = { grant_type: 'refresh_token', refresh_token: placeholder, client_id: 'the-client', scope: 'read' }
    const body = new URLSearchParams(members).toString()
    const asking = { host: auth, target: '/oauth/token', method: 'POST', headers: [form], body }
    const answer = await scene.send(asking, way)
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.equal(answer.headers['content-type'], 'application/json')
    assert.deepEqual(JSON.parse(answer.text), {
      access_token: placeholder,
      token_type: 'Bearer',
      expires_in: 3600,
      refresh_token: placeholder,
      scope: 'read',
    })
    assert.deepEqual(service.asked, [])
    assert.equal((await scene.call()).status, 200, 'what it got is good where the placeholder is')
    const told = (await world.events()).find(({ event }) => event.note === 'answered by the broker, for KEY')
    assert.equal(told?.event.kind, 'exchange.completed')
    assert.ok(!JSON.stringify(await world.events()).includes(placeholder))
  })
}

test('AC-5.4: the placeholder is taken as client secret, in form, JSON and Basic pair', async () => {
  await using scene = await openTokenScene()
  const { placeholder } = scene
  const grant = { grant_type: 'client_credentials' }
  const answers = [
    await ask(scene, { ...grant, client_id: 'any', client_secret: placeholder }),
    await ask(scene, grant, [basic('any', placeholder)]),
    await scene.send({
      host: auth,
      target: '/oauth/token',
      method: 'POST',
      headers: [['Content-Type', 'application/json']],
      body: JSON.stringify({ ...grant, client_secret: placeholder }),
    }),
  ]
  for (const { status, text } of answers) {
    assert.equal(status, 200, text)
    assert.deepEqual(JSON.parse(text), { access_token: placeholder, token_type: 'Bearer', expires_in: 3600 })
  }
  assert.deepEqual(scene.service.asked, [])
})

test('AC-5.5, SEC-12: who shows no placeholder of its own gets an error of OAuth, and nothing leaves', async () => {
  await using scene = await openTokenScene()
  const { world, placeholder } = scene
  const other = await world.client.sandboxes.create({ secrets: { KEY: 'key' }, from: ['127.0.0.1'] })
  const strange = other.connect.env['KEY']!
  const questions = [
    [{ grant_type: 'client_credentials', client_id: 'the-client', client_secret: clientSecret }, 401, 'invalid_client'],
    [{ grant_type: 'client_credentials', client_id: 'the-client', client_secret: strange }, 401, 'invalid_client'],
    [{ grant_type: 'refresh_token', refresh_token: placeholder.slice(1) }, 400, 'invalid_grant'],
    [{ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: 'a.b.c' }, 400, 'invalid_grant'],
    [{ grant_type: 'authorization_code', code: placeholder }, 400, 'unsupported_grant_type'],
    [{}, 400, 'unsupported_grant_type'],
  ] as const
  for (const [members, status, error] of questions) {
    const answer = await ask(scene, members)
    assert.deepEqual([answer.status, JSON.parse(answer.text).error], [status, error])
    for (const text of [placeholder, strange, clientSecret]) assert.ok(!answer.text.includes(text))
  }
  const headers = [['Content-Type', 'text/plain']] as const
  const unread = await scene.send({ host: auth, target: '/oauth/token', method: 'POST', headers, body: 'x' })
  assert.equal(JSON.parse(unread.text).error, 'invalid_request')
  assert.equal((await scene.send({ host: auth, target: '/oauth/token' })).status, 405)
  const huge = await ask(scene, { grant_type: 'refresh_token', refresh_token: 'x'.repeat(70_000) })
  assert.equal(huge.code, 'request_body_too_large')
  assert.deepEqual(scene.service.asked, [])
})

test('AC-5.5: another path on the host of a token endpoint goes nowhere without a scope for it', async () => {
  await using scene = await openTokenScene({ hosts: [api], inject: byClient })
  const { placeholder } = scene
  for (const target of ['/oauth/token/', '/oauth/authorize', '/oauth/Token', '/']) {
    const answer = await scene.send({ host: auth, target, method: 'POST', headers: [form], body: 'grant_type=x' })
    assert.equal(answer.code, 'destination_denied', target)
  }
  const stray = await scene.send({
    host: auth,
    target: '/oauth/other',
    headers: [['Authorization', `Bearer ${placeholder}`]],
  })
  assert.equal(stray.code, 'placeholder_wrong_destination')
  assert.deepEqual([scene.service.asked, scene.service.called], [[], []])
})

test('W8: a grant that was detached is answered no longer', async () => {
  await using scene = await openTokenScene()
  const { sandbox } = scene.place.inside
  await scene.world.client.sandboxes.detach(sandbox.id, 'KEY')
  const members = { grant_type: 'client_credentials', client_secret: scene.placeholder }
  assert.equal((await ask(scene, members)).code, 'destination_denied')
})

test('AC-5.4: inside a launched sandbox the name of a token endpoint resolves, and is answered over HTTP/1.1 and HTTP/2', async () => {
  await using scene = await openTokenScene({ hosts: [api] })
  const inside = await scene.world.createSandbox({ secrets: { KEY: 'key' } })
  const placeholder = inside.placeholder('KEY')
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_secret: placeholder }).toString()
  const plain = await inside.send({ host: auth, target: '/oauth/token', method: 'POST', headers: [form], body })
  assert.equal(JSON.parse(plain.text).access_token, placeholder)
  await assert.rejects(inside.addressOf('metadata.google.internal'))
  if (testedPlane === 'reference') return
  using connection = await openHttp2(inside, auth)
  const type = { 'content-type': form[1] }
  for (const sent of [body, undefined, body]) {
    const answer = await connection.send({ ':method': 'POST', ':path': '/oauth/token', ...type }, sent)
    assert.equal(answer.status, sent === undefined ? 400 : 200, answer.text)
  }
  const huge = await connection.send({ ':method': 'POST', ':path': '/oauth/token', ...type }, 'x'.repeat(70_000))
  assert.equal(huge.code, 'request_body_too_large')
  assert.deepEqual(scene.service.asked, [])
})

test('AC-5.4: a body in chunks is read to its end, and no further than is allowed', async () => {
  await using scene = await openTokenScene({ hosts: [api] })
  const inside = await scene.world.createSandbox({ secrets: { KEY: 'key' } })
  const body = `grant_type=client_credentials&client_secret=${inside.placeholder('KEY')}`
  const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
  const head = (further: string): string =>
    `POST /oauth/token HTTP/1.1\r\nHost: ${auth}\r\nContent-Type: ${form[1]}\r\nTransfer-Encoding: chunked\r\n${further}\r\n`
  const cut = `${head('Connection: close\r\n')}${chunk(body.slice(0, 40))}${chunk(body.slice(40))}${chunk('')}`
  assert.match(await inside.sendBytes(auth, cut), /^HTTP\/1.1 200 .*"access_token"/s)
  // It never ends, and is refused all the same.
  const endless = head('') + chunk('x'.repeat(60_000)).repeat(2)
  assert.match(await inside.sendBytes(auth, endless), /^HTTP\/1.1 413 .*request_body_too_large/s)
})
