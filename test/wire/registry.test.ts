import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  openRegistryScene,
  openRepository,
  password,
  realm,
  registry,
  seesNothingReal,
  user,
} from './registry-scene.ts'
import { doorWays } from './ways-in.ts'

const pull = 'repository:acme/shop:pull'
const push = 'repository:acme/shop:pull,push'
const manifest = '/v2/acme/shop/manifests/1'
const tunnelled = doorWays.filter(({ name }) => ['CONNECT', 'SOCKS5', 'absolute-form'].includes(name))

for (const way of tunnelled) {
  test(`AC-5.5: by ${way.name}, a client that follows the challenge of a registry pulls, and sees no token`, async () => {
    await using scene = await openRegistryScene()
    const { service, world } = scene
    const send = (authorization?: string) =>
      scene.send(
        {
          host: registry,
          target: manifest,
          headers: authorization === undefined ? [] : [['Authorization', authorization]],
        },
        way,
      )
    const challenged = await send()
    assert.equal(challenged.status, 401)
    assert.match(challenged.headers['www-authenticate'] ?? '', new RegExp(`realm="${realm}".*scope="${pull}"`))
    const answer = await scene.ask([pull], undefined, '&account=ann&client_id=docker', way)
    assert.equal(answer.status, 200, answer.text)
    assert.equal(answer.headers['cache-control'], 'no-store')
    const { token, access_token, expires_in, issued_at, ...others } = JSON.parse(answer.text)
    assert.deepEqual([token === access_token, others], [true, {}])
    assert.ok(expires_in >= 60 && expires_in <= 300, String(expires_in))
    assert.ok(Math.abs(Date.parse(issued_at) - Date.now()) < 600_000)
    const pulled = await send(`Bearer ${token}`)
    assert.equal(pulled.status, 200, pulled.text)
    assert.match(pulled.text, /"schemaVersion":2/)
    assert.deepEqual(service.asked, [
      {
        host: 'auth.service.test',
        method: 'GET',
        scopes: [pull],
        parameters: ['scope', 'service'],
        service: registry,
        pair: `${user}:${password}`,
      },
    ])
    assert.equal(service.called.at(-1)?.authorization, `Bearer ${service.given[0]}`)
    const events = await world.events()
    const asked = events.filter(({ event }) => event.kind.startsWith('derivation.'))
    assert.deepEqual(
      asked.map(({ event }) => [event.kind, event.method, event.note]),
      [
        ['derivation.intended', 'GET', pull],
        ['derivation.completed', 'GET', undefined],
      ],
    )
    seesNothingReal(scene, challenged.text, answer.text, pulled.text, JSON.stringify(pulled.rawHeaders))
    seesNothingReal(scene, JSON.stringify(events))
  })
}

test('G7: `docker login` is answered without a refresh token, and its check of `/v2/` passes', async () => {
  await using scene = await openRegistryScene()
  assert.equal((await scene.call('GET', '/v2/')).status, 401)
  const answer = await scene.ask([], undefined, '&account=ann&client_id=docker&offline_token=true')
  assert.deepEqual(Object.keys(JSON.parse(answer.text)), ['token', 'access_token', 'expires_in', 'issued_at'])
  assert.equal((await scene.call('GET', '/v2/', JSON.parse(answer.text).token)).status, 200)
  assert.deepEqual(scene.service.asked[0]?.parameters, ['service'], 'nothing that lasts is asked for')
  assert.equal((await scene.call('GET', manifest, JSON.parse(answer.text).token)).status, 401)
})

test('R-82: what is asked at one time is asked once for the same scopes, and apart for others', async () => {
  await using scene = await openRegistryScene()
  const others = 'repository:acme/window:pull'
  const sets = [[pull], [others], [pull, others], [others, pull]]
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => scene.ask(sets[index % 4]!)))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  const asked = scene.service.asked.map(({ scopes }) => scopes.join(' '))
  assert.deepEqual(asked.toSorted(), [`${pull} ${others}`, pull, others].toSorted())
  const token = JSON.parse(answers[0]!.text).token
  assert.equal((await scene.call('GET', manifest, token)).status, 200)
  assert.equal((await scene.call('GET', '/v2/acme/window/manifests/1', token)).status, 401)
})

test('SEC-12: a token that its client wrote for more than it may ask is refused, and an alarm', async () => {
  await using scene = await openRegistryScene()
  const { placeholder, service, world } = scene
  const written = (...members: readonly (string | null)[]): string =>
    `${placeholder}~${Buffer.from(JSON.stringify(members)).toString('base64url')}`
  const forged = [
    written(user, registry, push),
    written(user, registry, 'registry:catalog:*'),
    written('bob', registry, pull),
    written(null, registry, pull),
    written(user, registry, pull, pull),
    `${written(user, registry, pull)}=`,
    `${written(user, registry, pull)}~`,
    placeholder,
    `${placeholder}~`,
  ]
  for (const token of forged) {
    const { code } = await scene.call('GET', manifest, token)
    assert.equal(code, 'placeholder_undeclared_place', token)
  }
  const pair = btoa(`${user}:${placeholder}`)
  const headers = [['Authorization', `Basic ${pair}`]] as const
  assert.equal((await scene.send({ host: registry, target: manifest, headers })).code, 'placeholder_undeclared_place')
  const alarms = (await world.events()).filter(({ event }) => event.kind === 'alarm.raised')
  assert.equal(alarms.length, forged.length + 1)
  assert.deepEqual([service.asked, service.called], [[], []])
  assert.equal((await scene.call('GET', manifest, written(user, registry, pull))).status, 200, 'this one is no more')
})

test('a client that shows nothing pulls what everybody may, without the login', async () => {
  await using scene = await openRegistryScene({ inject: { access: 'all' } })
  const { placeholder, service, world } = scene
  const scope = `repository:${openRepository}:pull`
  const answer = await scene.ask([scope], null)
  assert.equal(answer.status, 200, answer.text)
  assert.ok(!answer.text.includes(placeholder), 'who shows no placeholder gets none')
  const { token } = JSON.parse(answer.text)
  assert.equal((await scene.call('GET', `/v2/${openRepository}/manifests/1`, token)).status, 200)
  assert.equal((await scene.call('GET', manifest, token)).status, 401)
  const shop = JSON.parse((await scene.ask([pull], null)).text).token
  assert.equal((await scene.call('GET', manifest, shop)).status, 401, 'the registry refuses nobody')
  assert.deepEqual(
    service.asked.map(({ pair, scopes }) => [pair, ...scopes]),
    [
      [undefined, scope],
      [undefined, pull],
    ],
  )
  const notes = (await world.events()).map(({ event }) => event.note ?? '')
  assert.ok(notes.includes('as nobody: the secret is not used'))
  for (const more of [push, 'registry:catalog:*', 'repository:acme/shop:*'])
    assert.equal((await scene.ask([more], null)).code, 'token_scope_refused', more)
  const written = `coatcheck-anonymous~${Buffer.from(JSON.stringify([user, registry, pull])).toString('base64url')}`
  assert.equal((await scene.call('GET', manifest, written)).code, 'foreign_credential')
  seesNothingReal(scene, answer.text)
})

test('SEC-12: who shows another credential gets none, and the service is not asked', async () => {
  await using scene = await openRegistryScene()
  const { placeholder, service, world } = scene
  const other = await world.client.sandboxes.create({ secrets: { HUB: 'hub' }, from: ['127.0.0.1'] })
  const strange = other.connect.env['HUB']!
  for (const pair of [`${user}:${password}`, `${user}:${strange}`, `${placeholder}:`, `${placeholder}:${user}`, user]) {
    const { status, text } = await scene.ask([pull], pair)
    assert.deepEqual([status, JSON.parse(text).errors[0].code], [401, 'UNAUTHORIZED'], pair)
    assert.ok(!text.includes(placeholder))
  }
  const good = ['Authorization', `Basic ${btoa(`${user}:${placeholder}`)}`] as const
  const target = `/token?service=${registry}&scope=${pull}`
  for (const headers of [
    [good, good],
    [good, ['Authorization', 'Bearer x']],
    [['Authorization', `Bearer ${placeholder}`]],
    [['Authorization', `Basic ${btoa(`${user}:${placeholder}`)}===`]],
  ] as const) {
    const { status } = await scene.send({ host: 'auth.service.test', target, headers })
    assert.equal(status, 401, JSON.stringify(headers))
  }
  const twice = await scene.ask([pull], undefined, '&service=other')
  assert.equal(twice.status, 400)
  const many = await scene.ask(Array.from({ length: 17 }, (_, index) => `repository:acme/shop${index}:pull`))
  assert.equal(many.status, 400)
  for (const method of ['PUT', 'DELETE', 'HEAD']) {
    assert.equal((await scene.send({ host: 'auth.service.test', target, method, headers: [good] })).status, 405, method)
  }
  assert.deepEqual(service.asked, [])
})

test('AC-5.4: the form of OAuth 2 is answered too, and what it renews with is no real refresh token', async () => {
  await using scene = await openRegistryScene()
  const { placeholder, service } = scene
  const post = (members: Readonly<Record<string, string>>) =>
    scene.send({
      host: 'auth.service.test',
      target: '/token',
      method: 'POST',
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
      body: new URLSearchParams({ service: registry, client_id: 'containerd', scope: pull, ...members }).toString(),
    })
  const login = { grant_type: 'password', username: user, password: placeholder }
  const first = JSON.parse((await post({ ...login, access_type: 'offline' })).text)
  assert.deepEqual(Object.keys(first), ['access_token', 'expires_in', 'issued_at', 'scope', 'refresh_token'])
  assert.equal(first.scope, pull)
  assert.equal((await scene.call('GET', manifest, first.access_token)).status, 200)
  const renewed = await post({ grant_type: 'refresh_token', refresh_token: first.refresh_token })
  assert.equal(renewed.status, 200, renewed.text)
  assert.equal((await scene.call('GET', manifest, JSON.parse(renewed.text).access_token)).status, 200)
  assert.equal(JSON.parse((await post(login)).text).refresh_token, undefined)
  assert.deepEqual(new Set(service.asked.map(({ method }) => method)), new Set(['GET']))
  const refused = [
    [{ ...login, password }, 'invalid_grant'],
    [{ grant_type: 'refresh_token', refresh_token: 'real-refresh-token' }, 'invalid_grant'],
    [{ grant_type: 'refresh_token', refresh_token: placeholder }, 'invalid_grant'],
    [{ grant_type: 'authorization_code', code: placeholder }, 'unsupported_grant_type'],
    [{ grant_type: 'password', username: user }, 'unsupported_grant_type'],
  ] as const
  for (const [members, error] of refused) {
    const { status, text } = await post(members)
    assert.deepEqual([status, JSON.parse(text).error], [400, error], JSON.stringify(members))
  }
  assert.equal((await post({ ...login, scope: push })).code, 'token_scope_refused')
  assert.equal(service.asked.length, 1)
  seesNothingReal(scene, JSON.stringify(first), renewed.text)
})

test('SEC-15: a registry that names another token service gets no login sent there', async () => {
  const challenge = 'https://evil.service.test/token'
  await using scene = await openRegistryScene({ challenge })
  const { placeholder, service } = scene
  const challenged = await scene.call('GET', manifest)
  assert.match(challenged.headers['www-authenticate'] ?? '', /realm="https:\/\/evil\.service\.test\/token"/)
  const headers = [['Authorization', `Basic ${btoa(`${user}:${placeholder}`)}`]] as const
  const target = `/token?service=${registry}&scope=${pull}`
  const elsewhere = await scene.send({ host: 'evil.service.test', target, headers })
  assert.ok(['destination_denied', 'placeholder_wrong_destination'].includes(elsewhere.code ?? ''), elsewhere.text)
  for (const path of ['/token/', '/Token', '/other']) {
    const { code } = await scene.send({ host: 'auth.service.test', target: `${path}?scope=${pull}`, headers })
    assert.equal(code, 'placeholder_undeclared_place', path)
  }
  assert.deepEqual(service.asked, [])
})

test('SEC-01: the place of a blob gets no token, and the signed address of it goes to the client as it is', async () => {
  await using scene = await openRegistryScene()
  const { service } = scene
  const token = await scene.tokenFor(pull)
  const { status, headers } = await scene.call('GET', `/v2/acme/shop/blobs/${service.layer}`, token)
  assert.equal(status, 307)
  const location = new URL(headers.location!)
  assert.deepEqual([location.host, location.search], ['blobs.service.test', '?X-Signature=made-for-this-blob'])
  const way = doorWays.find(({ name }) => name === 'CONNECT')!
  const asking = { host: location.host, target: location.pathname + location.search }
  assert.equal((await scene.send(asking, way)).status, 200)
  await scene.send({ ...asking, headers: [['Authorization', `Bearer ${token}`]] }, way)
  const seen = service.called.filter(({ host }) => host === location.host)
  assert.deepEqual(
    seen.map(({ authorization }) => authorization),
    [undefined, `Bearer ${token}`],
    'a client that sends its token on sends what is worth nothing',
  )
  seesNothingReal(scene, token)
})

test('G1, AC-6.4: a rule that denies the token service denies it before that is asked, with a login and without', async () => {
  await using scene = await openRegistryScene()
  const { service, world } = scene
  await world.client.secrets.update('hub', { rules: { default: 'deny', rules: [] } })
  assert.equal((await scene.ask([pull])).status, 200, 'a list that does not allow it lets it answer')
  assert.equal((await scene.call('GET', manifest, await scene.tokenFor(pull))).code, 'rule_denied')
  const { length } = service.asked
  const rules = [{ effect: 'deny', hosts: ['auth.service.test'], query: { scope: '*acme/shop*' } }] as const
  await world.client.secrets.update('hub', { rules: { default: 'deny', rules } })
  for (const pair of [undefined, null]) assert.equal((await scene.ask([pull], pair)).code, 'rule_denied')
  assert.equal(service.asked.length, length)
  assert.equal((await scene.ask(['repository:acme/other:pull'])).status, 200)
})

test('an image is pushed where the scope says so: uploads, a blob, a manifest', async () => {
  await using scene = await openRegistryScene({ inject: { access: 'push' } })
  const token = await scene.tokenFor(push)
  const uploads = '/v2/acme/shop/blobs/uploads/'
  const begun = await scene.call('POST', uploads, token, '')
  assert.deepEqual([begun.status, begun.headers.location], [202, '/v2/acme/shop/blobs/uploads/one'])
  assert.equal((await scene.call('PUT', `${begun.headers.location}?digest=sha256:0`, token, 'layer')).status, 201)
  assert.equal((await scene.call('PUT', manifest, token, '{}')).status, 201)
  assert.equal((await scene.call('DELETE', manifest, token)).status, 401)
})
