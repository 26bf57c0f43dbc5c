import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import type { InjectorSpec } from '@coatcheck/contract'
import type { Misbehave } from '../fixtures/token-service.ts'
import { poll } from './poll.ts'
import { api, auth, byClient, clientSecret, openTokenScene, type TokenScene, tokenUrl } from './token-scene.ts'

test('W4: client credentials become an access token, which is asked for once and used until its end', async () => {
  await using scene = await openTokenScene()
  for (let turn = 0; turn < 3; turn += 1) {
    const { status, text } = await scene.call()
    assert.equal(status, 200, text)
  }
  const { service, world } = scene
  assert.deepEqual(service.asked, [
    {
      host: auth,
      path: '/oauth/token',
      form: {
        grant_type: 'client_credentials',
        scope: 'read write',
        client_id: 'the-client',
        client_secret: clientSecret,
      },
      authorization: undefined,
    },
  ])
  const events = await world.events()
  const kinds = events.map(({ event }) => event.kind).filter((kind) => kind.startsWith('derivation.'))
  assert.deepEqual(kinds, ['derivation.intended', 'derivation.completed'])
  const told = JSON.stringify(events)
  for (const text of [clientSecret, ...service.given]) assert.ok(!told.includes(text))
})

const byRefresh: InjectorSpec = { kind: 'oauth2', grant: 'refresh-token', tokenUrl }
const signIn = (refreshToken: string): string =>
  JSON.stringify({ client_id: 'the-client', refresh_token: refreshToken })
const firstToken = 'real-refresh-token-0-zzzzzzzzzzzzzzzzzz'

/** Fifty requests at one time. */
async function callOften(scene: TokenScene): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => scene.call(`/v1/things/${index}`)))
  assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)), new Set(['200 {"ok":true}']))
}

test('AC-5.1, R-110: 50 requests without a token cause one question, whichever threads they come to', async () => {
  await using scene = await openTokenScene({ inject: byRefresh, value: signIn(firstToken), refreshToken: firstToken })
  await callOften(scene)
  assert.equal(scene.service.asked.length, 1)
})

test('AC-5.1, R-110: 50 requests at the end of a token cause one refresh, and all succeed', async () => {
  let offsetMs = 0
  const clock = {
    now: () => new Date(Date.now() + offsetMs),
    monotonicMs: () => performance.now() + offsetMs,
  }
  const inject = byRefresh
  await using scene = await openTokenScene({ inject, value: signIn(firstToken), refreshToken: firstToken, clock })
  const { service } = scene
  for (const round of [1, 2]) {
    await callOften(scene)
    assert.equal(service.asked.length, round)
    offsetMs += 3_541_000
  }
  assert.deepEqual(
    service.asked.map(({ form }) => form['refresh_token']),
    [firstToken, service.given[0]],
  )
})

test('AC-5.2: a rotated refresh token is a new version of the secret, and the date of its rotation stays', async () => {
  await using scene = await openTokenScene({ inject: byRefresh, value: signIn(firstToken), refreshToken: firstToken })
  const before = await scene.world.client.secrets.get('key')
  assert.equal((await scene.call()).status, 200)
  const after = await scene.world.client.secrets.get('key')
  assert.deepEqual([before.version, after.version], [1, 2])
  assert.equal(after.updatedAt, before.updatedAt)
  assert.equal((await scene.call('/v1/others')).status, 200)
  assert.equal(scene.service.asked.length, 1)
})

test('AC-5.3, R-111: `invalid_grant` marks the secret, raises one alarm, and a new sign-in is used at once', async () => {
  await using scene = await openTokenScene({ inject: byRefresh, value: signIn('dead'), refreshToken: firstToken })
  const { service, world } = scene
  for (let turn = 0; turn < 3; turn += 1) {
    const { status, code } = await scene.call()
    assert.deepEqual([status, code], [503, 'sign_in_needed'])
  }
  assert.equal(service.asked.length, 1, 'nothing is asked again with what is dead')
  assert.deepEqual(service.called, [])
  assert.equal((await world.client.secrets.get('key')).problem, 'sign_in_needed')
  const alarms = (await world.events()).filter(({ event }) => event.kind === 'alarm.raised')
  assert.deepEqual(
    alarms.map(({ event }) => [event.code, event.subject]),
    [['sign_in_needed', 'key']],
  )
  await world.client.secrets.rotate('key', signIn(firstToken))
  assert.equal((await scene.call()).status, 200)
  assert.equal((await world.client.secrets.get('key')).problem, undefined)
})

test('R-110: a sign-in that comes while the old one is being used is not written over', async () => {
  await using scene = await openTokenScene({ inject: byRefresh, value: signIn(firstToken), refreshToken: firstToken })
  const { service, world } = scene
  const newer = 'real-refresh-token-of-a-new-sign-in'
  service.misbehave = async () => {
    if (service.asked.length === 1) await world.client.secrets.rotate('key', signIn(newer))
    else service.endSignIn(newer)
    return false
  }
  assert.equal((await scene.call()).status, 200)
  assert.deepEqual(
    service.asked.map(({ form }) => form['refresh_token']),
    [firstToken, newer],
  )
})

/** What a token endpoint may answer that is no token, and what the journal says of it. */
const misbehaviours: readonly (readonly [name: string, note: RegExp, Misbehave])[] = [
  ['an error of its own', /server_error/, answering(500, '{"error":"server_error"}')],
  ['a text that is no JSON', /status 503/, answering(503, '<html>')],
  ['a success that is no JSON', /no JSON object/, answering(200, '<html>')],
  ['a success without a token', /no fit access_token/, answering(200, '{"token_type":"Bearer"}')],
  ['a token of another type', /no Bearer token/, answering(200, tokenOf({ token_type: 'mac' }))],
  ['a token without a type', /no Bearer token/, answering(200, tokenOf({ token_type: null }))],
  [
    'a token that cannot stand in a field',
    /no fit access_token/,
    answering(200, tokenOf({ access_token: 'a\r\nX: y' })),
  ],
  ['a token that has ended', /not good for any time/, answering(200, tokenOf({ expires_in: -1 }))],
  ['an error with status 200', /invalid_scope/, answering(200, '{"error":"invalid_scope"}')],
  ['an error that quotes the secret', /status 400/, answering(400, JSON.stringify({ error: clientSecret }))],
  ['a huge answer', /too long/, answering(200, `{"access_token":"${'a'.repeat(100_000)}"}`)],
  ['an answer without an end', /too long/, endless],
  ['a redirect', /status 307/, redirect],
  ['no HTTP', /status_line|could not|no head/, noHttp],
  ['the end of the connection', /ECONNRESET|no head|unreachable|undefined/, hangUp],
]
for (const [name, note, misbehave] of misbehaviours) {
  test(`R-57, R-78, R-112: ${name} from a token endpoint fails closed, and says nothing of the secret`, async () => {
    await using scene = await openTokenScene()
    const { service, world } = scene
    service.misbehave = misbehave
    const { status, code, text } = await scene.call()
    assert.deepEqual([status, code], [503, 'token_unavailable'])
    assert.deepEqual(service.called, [], 'nothing went out without a token')
    assert.equal(service.asked.length, 1, 'nothing was followed')
    const events = await world.events()
    const refused = events.find(({ event }) => event.kind === 'derivation.refused')!
    assert.match(String(refused.event.note), note)
    for (const told of [text, JSON.stringify(events)]) assert.ok(!told.includes(clientSecret))
    // It is left alone for a moment, and asked again then.
    assert.equal((await scene.call()).code, 'token_unavailable')
    assert.equal(service.asked.length, 1)
    service.misbehave = undefined
    await poll(async () => (await scene.call()).status === 200 || undefined)
    assert.equal(service.asked.length, 2)
  })
}

for (const address of ['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', 'fd00::1']) {
  test(`SEC-15: a token endpoint that no scope covers is not dialled at ${address}, and nobody inside learns of it`, async () => {
    const resolver = { resolve: async () => ['203.0.113.7', address] }
    await using scene = await openTokenScene({ hosts: [api], resolver })
    const { status, code, text } = await scene.call()
    assert.deepEqual([status, code], [503, 'token_unavailable'])
    assert.ok(!text.includes(address) && !text.includes('prohibited'))
    const events = await scene.world.events()
    const refused = events.find(({ event }) => event.kind === 'derivation.refused')
    assert.equal(refused?.event.code, 'destination_ip_prohibited')
    assert.deepEqual(scene.service.asked, [])
  })
}

test('SEC-02, SEC-15: another token URL needs the value', async () => {
  await using scene = await openTokenScene()
  const { client } = scene.world
  const { scopes } = await client.secrets.get('key')
  const moved = scopes.map((scope) => ({ ...scope, inject: { ...byClient, tokenUrl: `https://${auth}/other/token` } }))
  await assert.rejects(client.secrets.update('key', { scopes: moved }), { code: 'value_required' })
  await client.secrets.update('key', { scopes: scopes.slice(0, 1) })
})

test('W8: while the vault is locked no token goes out, also none that was there before', async () => {
  await using scene = await openTokenScene()
  assert.equal((await scene.call()).status, 200)
  await scene.world.client.vault.lock()
  assert.equal((await scene.call()).code, 'secret_unavailable')
  assert.equal(scene.service.called.length, 1)
})

test('R-57: after a rotation of the secret the token of the version before is not used', async () => {
  await using scene = await openTokenScene()
  assert.equal((await scene.call()).status, 200)
  await scene.world.client.secrets.rotate(
    'key',
    JSON.stringify({ client_id: 'the-client', client_secret: 'wrong-wrong-wrong' }),
  )
  assert.equal((await scene.call()).code, 'token_unavailable')
  assert.equal(scene.service.called.length, 1)
})

function answering(status: number, text: string): Misbehave {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
    return true
  }
}

function tokenOf(members: object): string {
  return JSON.stringify({ access_token: 'a-token-of-some-length', token_type: 'Bearer', expires_in: 60, ...members })
}

function endless(response: ServerResponse): boolean {
  response.writeHead(200)
  const more = (): void => {
    while (!response.destroyed && response.write('x'.repeat(16_384)));
  }
  response.on('drain', more)
  more()
  return true
}

function redirect(response: ServerResponse): boolean {
  response.writeHead(307, { location: `https://${auth}/second/token` }).end()
  return true
}

function noHttp(response: ServerResponse): boolean {
  response.socket!.end('SSH-2.0-OpenSSH\r\n\r\n')
  return true
}

function hangUp(response: ServerResponse): boolean {
  response.socket!.destroy()
  return true
}

test('W4: Azure gives an application a token for its scopes', async () => {
  const tenant = '0a1b2c3d-0000-1111-2222-333344445555'
  const login = 'login.microsoftonline.com'
  const inject = { kind: 'azure', tenant, oauthScopes: ['https://vault.azure.net/.default'] }
  await using scene = await openTokenScene({ inject, hosts: [api, login] })
  assert.equal((await scene.call()).status, 200)
  const [asked] = scene.service.asked
  assert.deepEqual([asked?.host, asked?.path], [login, `/${tenant}/oauth2/v2.0/token`])
})

test('W4: an assertion that is signed with the stored key becomes an access token', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const issuers = { me: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
  const inject: InjectorSpec = { kind: 'oauth2', grant: 'jwt-bearer', tokenUrl }
  const value = JSON.stringify({ issuer: 'me', private_key: key })
  await using scene = await openTokenScene({ inject, value, issuers })
  assert.equal((await scene.call()).status, 200)
})

test('W4: a client says who it is in a Basic pair where the scope says so', async () => {
  await using scene = await openTokenScene({ inject: { ...byClient, clientAuth: 'basic' } })
  assert.equal((await scene.call()).status, 200)
  const [asked] = scene.service.asked
  assert.equal(asked?.form['client_secret'], undefined)
  assert.match(String(asked?.authorization), /^Basic /)
})

test('R-111: a token that ended before its time is asked for anew, also by requests that are known', async () => {
  let offsetMs = 0
  const clock = {
    now: () => new Date(Date.now() + offsetMs),
    monotonicMs: () => performance.now() + offsetMs,
  }
  await using scene = await openTokenScene({ clock })
  const { service } = scene
  assert.deepEqual([(await scene.call()).status, (await scene.call()).status], [200, 200])
  service.revoke()
  assert.equal((await scene.call()).status, 401)
  assert.equal((await scene.call()).status, 401, 'one that was made a moment ago is not made anew')
  offsetMs = 31_000
  assert.equal((await scene.call()).status, 401)
  assert.equal((await scene.call()).status, 200)
  assert.equal(service.asked.length, 2)
})

test('N2: what is revoked while its token is being asked for ends at once, and no token is used', async () => {
  await using scene = await openTokenScene()
  const { service, world } = scene
  const held = Promise.withResolvers<void>()
  service.misbehave = async () => {
    await held.promise
    return false
  }
  const calling = scene.call()
  await poll(() => service.asked.length === 1 || undefined)
  await world.client.sandboxes.detach(scene.place.inside.sandbox.id, 'KEY')
  assert.equal((await calling).code, 'grant_ended')
  held.resolve()
  await poll(async () => {
    const events = await world.events()
    return events.some(({ event }) => event.kind === 'derivation.completed') || undefined
  })
  assert.deepEqual(service.called, [])
})
