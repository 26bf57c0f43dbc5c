import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { poll } from './poll.ts'
import { cacheHost, type InsideCache, openRedisScene, type RedisScene, type SecretOptions } from './redis-scene.ts'

const skip = skipWithout('redis-server', 'redis-cli')
let scene: RedisScene
let number = 0

before(async () => {
  if (skip === false) scene = await openRedisScene()
})

after(() => scene?.[Symbol.asyncDispose]())

/** A sandbox with a secret of its own. */
async function openFor(options: SecretOptions = {}): Promise<InsideCache> {
  number += 1
  await scene.store(`secret-${number}`, options)
  return scene.open(`secret-${number}`)
}

/** What a client is told that shows the placeholder and is not let in. */
async function refusalOf(cache: InsideCache): Promise<string> {
  const client = await cache.connect()
  const reply = String(await client.call('AUTH', 'default', cache.placeholder))
  await client.closed()
  // CO-03: none of what the service says before a login comes through.
  const text = client.heard.toString('latin1')
  for (const hidden of ['app', 'WRONGPASS', cacheHost, '127.0.0.1']) assert.ok(!text.includes(hidden), text)
  assert.deepEqual(findCanary(client.heard, scene.canary), [])
  return reply
}

const urls: readonly (readonly [string, () => SecretOptions, string])[] = [
  ['a URL without a user', () => ({ value: url('rediss', '') }), 'default'],
  ['a URL with a user', () => ({ value: url('rediss', 'app') }), 'app'],
  ['a password alone', () => ({ value: scene.canary.value, inject: { tls: 'verify' } }), 'default'],
  ['clear text that was asked for', () => ({ value: url('redis', 'app', 'port'), inject: { tls: 'off' } }), 'app'],
]

function url(scheme: string, user: string, port: 'tlsPort' | 'port' = 'tlsPort', path = ''): string {
  return `${scheme}://${user}:${scene.canary.value}@${cacheHost}:${scene.server[port]}${path}`
}

for (const [what, options, user] of urls) {
  test(`a login by ${what}`, { skip }, async () => {
    const cache = await openFor(options())
    const client = await cache.logIn()
    assert.equal(await client.call('ACL', 'WHOAMI'), user)
    client.socket.destroy()
  })
}

test('the database of a URL, or of the scope, is that of the session', { skip }, async () => {
  const inUrl = await openFor({ value: url('rediss', 'default', 'tlsPort', '/5') })
  const inScope = await openFor({ inject: { database: '6' } })
  for (const [cache, database] of [
    [inUrl, 5],
    [inScope, 6],
  ] as const) {
    const client = await cache.connect()
    await client.call('HELLO', '3', 'AUTH', 'default', cache.placeholder)
    assert.match(String(await client.call('CLIENT', 'INFO')), new RegExp(` db=${database} `))
    client.socket.destroy()
  }
  assert.match(inScope.inside.sandbox.connect.env['CACHE_URL'] ?? '', /:6379\/6$/)
})

const refusals: readonly (readonly [string, () => SecretOptions, RegExp])[] = [
  ['a user that does not exist', () => ({ inject: { user: 'nobody' } }), /did not take the login of the broker/],
  ['a wrong password', () => ({ value: 'wrong', inject: { tls: 'verify' } }), /did not take the login/],
  ['an unknown authority', () => ({ scope: { roots: undefined as never } }), /certificate .* cannot be verified/],
  [
    'a certificate of another name',
    () => ({
      value: url('rediss', '').replace(cacheHost, 'other.service.test'),
      scope: { to: `redis://other.service.test:${scene.server.tlsPort}` },
    }),
    /certificate .* cannot be verified/,
  ],
  ['a service that speaks TLS alone, in clear text', () => ({ value: 'x', scope: {} }), /did not answer as Redis/],
]

for (const [what, options, text] of refusals) {
  test(`CO-03, CO-05: ${what} is refused, in our own words`, { skip }, async () => {
    assert.match(await refusalOf(await openFor(options())), text)
  })
}

test('RD-11: what the user of the service may not do is answered by the service', { skip }, async () => {
  const cache = await openFor({ value: url('rediss', 'app') })
  const client = await cache.logIn()
  assert.match(String(await client.call('SET', 'elsewhere', '1')), /^-NOPERM/)
  assert.equal(await client.call('SET', 'app:a', '1'), 'OK')
  await client.call('MULTI')
  assert.match(String(await client.call('SET', 'elsewhere', '1')), /^-NOPERM/)
  assert.match(String(await client.call('EXEC')), /^-EXECABORT/)
  client.socket.destroy()
})

test('read-only: nothing is changed, by whatever command', { skip }, async () => {
  const cache = await openFor({ inject: { access: 'read-only' } })
  scene.server.cli('set', 'kept', '1')
  const client = await cache.logIn()
  for (const words of [
    ['SET', 'kept', '2'],
    ['GETEX', 'kept', 'EX', '1'],
    ['DEL', 'kept'],
    ['SORT', 'list', 'STORE', 'kept'],
    ['GEORADIUS', 'a', '1', '1', '1', 'm', 'STORE', 'kept'],
    ['FLUSHALL'],
    ['EVAL', "return redis.call('set', 'kept', '2')", '0'],
    ['EVAL_RO', "return redis.call('set', 'kept', '2')", '0'],
    ['FUNCTION', 'FLUSH'],
    ['PUBLISH', 'news', 'x'],
    ['XGROUP', 'CREATE', 's', 'g', '$', 'MKSTREAM'],
    ['CONFIG', 'SET', 'maxmemory', '1'],
  ]) {
    assert.match(String(await client.call(...words)), /^-/, words.join(' '))
  }
  assert.deepEqual(
    [await client.call('GET', 'kept'), await client.call('EVAL_RO', "return redis.call('get', 'kept')", '0')],
    ['1', '1'],
  )
  client.socket.destroy()
})

test('RD-12: a list of commands is all that is allowed, beside what clients ask when they connect', {
  skip,
}, async () => {
  const cache = await openFor({ inject: { commands: ['get', '@transaction', 'object|encoding'] } })
  const client = await cache.logIn()
  for (const words of [['PING'], ['SELECT', '0'], ['INFO'], ['GET', 'x'], ['CLIENT', 'SETNAME', 'me'], ['MULTI']]) {
    assert.doesNotMatch(String(await client.call(...words)), /^-/, words.join(' '))
  }
  await client.call('DISCARD')
  for (const words of [
    ['SET', 'x', '1'],
    ['MGET', 'x'],
    ['OBJECT', 'FREQ', 'x'],
    ['CUSTOM.GET', 'x'],
    ['KEYS', '*'],
  ]) {
    assert.match(String(await client.call(...words)), /^-ERR unknown command .coatcheck\.refused/, words.join(' '))
  }
  client.socket.destroy()
})

const unusable: readonly (readonly [string, () => SecretOptions, string])[] = [
  ['a URL of another place', () => ({ value: `redis://:${scene.canary.value}@elsewhere.test:1` }), 'secret_unusable'],
  ['a URL without a password', () => ({ value: `rediss://${cacheHost}` }), 'secret_unusable'],
  ['a URL of another kind', () => ({ value: `postgres://a:${scene.canary.value}@${cacheHost}` }), 'secret_unusable'],
  ['a path that is no number', () => ({ value: url('rediss', 'a', 'tlsPort', '/x') }), 'secret_unusable'],
  ['a command that is never allowed', () => ({ inject: { commands: ['config|get'] } }), 'scope_invalid'],
  ['a part that nobody knows', () => ({ inject: { commands: ['acl|export'] } }), 'scope_invalid'],
  ['all of a guarded command', () => ({ inject: { commands: ['CLIENT'] } }), 'scope_invalid'],
  ['a star alone', () => ({ inject: { commands: ['*'] } }), 'scope_invalid'],
  ['an unknown family', () => ({ inject: { commands: ['@admin'] } }), 'scope_invalid'],
  ['an unknown access', () => ({ inject: { access: 'write-only' } }), 'scope_invalid'],
  ['a user with a space', () => ({ inject: { user: 'a b' } }), 'scope_invalid'],
]

for (const [what, options, code] of unusable) {
  test(`${what} is refused when it is saved`, { skip }, async () => {
    await assert.rejects(scene.store('never', options()), (error: { code?: string }) => {
      assert.ok(!JSON.stringify(error).includes(scene.canary.value))
      return error.code === code
    })
  })
}

test('a command that is refused is an event without anything that the agent made up', { skip }, async () => {
  const cache = await openFor()
  const client = await cache.logIn()
  await client.call('ROLE')
  await client.call('<b>made-up</b>')
  client.socket.destroy()
  const notes = await poll(async () => {
    const found = (await scene.world.events()).filter(({ event }) => event.code === 'statement_refused')
    const [one, two] = found.slice(-2).map(({ event }) => event.note?.replace(/con_\w+/, 'con'))
    return two === 'session: con, an unknown command' ? [one, two] : undefined
  })
  assert.equal(notes[0], 'session: con, command ROLE')
})

test('RD-10: where the default user has no password, whoever does not show the placeholder gets nothing', {
  skip,
}, async () => {
  scene.server.cli('acl', 'setuser', 'default', 'resetpass', 'nopass')
  try {
    const cache = await openFor({ value: url('rediss', 'app') })
    const arrivals = (): string => /total_connections_received:(\d+)/.exec(scene.server.cli('info', 'stats'))![1]!
    const before = Number(arrivals())
    const stranger = await cache.connect()
    for (const words of [['GET', 'a'], ['PING'], ['AUTH', 'anything'], ['AUTH', 'default', scene.canary.value]]) {
      assert.match(String(await stranger.call(...words)), /^-(?:NOAUTH|WRONGPASS) /)
    }
    stranger.socket.destroy()
    // The question itself is a connection too.
    assert.equal(Number(arrivals()), before + 1)
    const client = await cache.logIn()
    assert.equal(await client.call('SET', 'app:open', '1'), 'OK')
    assert.equal(await client.call('RESET'), 'RESET')
    assert.match(String(await client.call('GET', 'app:open')), /^-NOAUTH /)
    client.socket.destroy()
    // A password that the service does not ask for is none that it takes.
    assert.match(await refusalOf(await openFor()), /did not take the login of the broker/)
  } finally {
    scene.server.cli('acl', 'setuser', 'default', 'resetpass', `>${scene.canary.value}`)
  }
})

test('A3: the commands of a session are told by their names, where the scope asks for that', { skip }, async () => {
  const cache = await openFor({ inject: { log: 'commands' } })
  const client = await cache.logIn()
  for (const words of [
    ['SET', 'secret-key', 'secret-value'],
    ['get', 'secret-key'],
    ['GET', 'secret-key'],
    ['CONFIG', 'GET', '*'],
    ['OBJECT', 'ENCODING', 'secret-key'],
  ])
    await client.call(...words)
  client.socket.destroy()
  const [row] = await poll(async () => {
    const found = (await scene.world.events()).filter(({ event }) => event.kind === 'connection.said')
    return found.length > 0 ? found : undefined
  })
  assert.match(row?.event.note ?? '', /^session: con_\w+, commands: set 1, get 2, object\S* 1$/)
})
