import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { findCanary } from '../fixtures/canary.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { poll } from './poll.ts'
import { command, RedisClient } from './redis-client.ts'
import { cacheHost, type InsideCache, openRedisScene, type RedisScene } from './redis-scene.ts'

const skip = skipWithout('redis-server', 'redis-cli')
let scene: RedisScene
let cache: InsideCache

before(async () => {
  if (skip !== false) return
  scene = await openRedisScene()
  await scene.store('cache')
  cache = await scene.open('cache')
})

after(() => scene?.[Symbol.asyncDispose]())

/** Connections that the server has taken so far. */
function arrivals(): number {
  return Number(/total_connections_received:(\d+)/.exec(scene.server.cli('info', 'stats'))![1])
}

test('W5: redis-cli logs in with the placeholder, and the service sees the real login over TLS', { skip }, async () => {
  const { stdout, stderr } = await cache.cli(['set', 'greeting', 'hello'])
  assert.deepEqual([stdout.trim(), stderr], ['OK', ''])
  assert.equal(scene.server.cli('get', 'greeting'), 'hello')
})

test('the environment has a URL and what clients read, and no address of the service', { skip }, () => {
  const { env } = cache.inside.sandbox.connect
  const url = new URL(env['CACHE_URL'] ?? '')
  assert.deepEqual([url.password, url.port, url.protocol], [cache.placeholder, '6379', 'redis:'])
  assert.deepEqual([env['REDIS_URL'], env['REDIS_PASSWORD']], [env['CACHE_URL'], cache.placeholder])
  const text = JSON.stringify(env)
  for (const hidden of [cacheHost, String(scene.server.tlsPort), '127.0.0.1', scene.canary.value])
    assert.ok(!text.includes(hidden))
})

test('CO-02: a wrong, an empty and the real password are refused, and nothing is dialled', { skip }, async () => {
  const before = arrivals()
  for (const words of [
    ['AUTH', 'wrong'],
    ['AUTH', ''],
    ['AUTH', scene.canary.value],
    ['AUTH', 'default', scene.canary.value],
    ['AUTH', `${cache.placeholder} `],
    ['HELLO', '3', 'AUTH', 'default', scene.canary.value],
  ]) {
    const client = await cache.connect()
    assert.match(String(await client.call(...words)), /^-WRONGPASS /)
    assert.match(String(await client.call('PING')), /^-NOAUTH /)
    client.socket.end()
    await client.closed()
  }
  // The question itself is a connection too.
  assert.equal(arrivals(), before + 1)
  const refused = await poll(async () => {
    const found = (await scene.world.events()).filter(({ event }) => event.code === 'login_refused')
    return found.length === 6 ? found : undefined
  })
  assert.equal(refused[0]?.event.kind, 'connection.refused')
})

test('CO-02: whoever guesses three times is cut off', { skip }, async () => {
  const client = await cache.connect()
  const guess = command('AUTH', 'guess')
  client.socket.write(Buffer.concat([guess, guess, guess, guess, command('AUTH', cache.placeholder)]))
  await client.closed()
  assert.equal(client.heard.toString().split('-WRONGPASS').length, 4)
  assert.ok(!client.heard.includes('+OK'))
})

test('RD-06, RD-10: who has not logged in is told NOAUTH, and gets nothing', { skip }, async () => {
  const client = await cache.connect()
  for (const words of [
    ['GET', 'a'],
    ['CONFIG', 'GET', 'requirepass'],
    ['HELLO'],
    ['HELLO', '3'],
    ['AUTH'],
    ['MULTI'],
  ]) {
    assert.match(String(await client.call(...words)), /^-NOAUTH /)
  }
  assert.equal(await client.call('RESET'), 'RESET')
  assert.match(String(await client.call('HELLO', '4', 'AUTH', 'default', cache.placeholder)), /^-NOPROTO /)
  assert.equal(await client.call('QUIT'), 'OK')
  await client.closed()
})

test('CO-04, RD-01: the real password is in no byte that a client receives in a whole session', { skip }, async () => {
  const client = await cache.logIn()
  const refused = [
    ['CONFIG', 'GET', 'requirepass'],
    ['config', 'get', '*'],
    ['ACL', 'LIST'],
    ['ACL', 'GETUSER', 'default'],
    ['EVAL', "return redis.call('config', 'get', 'requirepass')", '0'],
    ['EVAL', "return redis.pcall('acl', 'list')", '0'],
    ['MONITOR'],
    ['DEBUG', 'JMAP'],
    ['CLUSTER', 'SLOTS'],
    ['ROLE'],
    ['CLIENT', 'LIST'],
  ]
  for (const words of refused) assert.match(String(await client.call(...words)), /^-/, words.join(' '))
  for (const words of [
    ['INFO', 'everything'],
    ['ACL', 'WHOAMI'],
    ['CLIENT', 'INFO'],
    ['COMMAND', 'DOCS', 'get'],
  ]) {
    assert.doesNotMatch(String(await client.call(...words)), /^-/)
  }
  assert.match(String(await client.call('AUTH', 'default', 'guess')), /^-WRONGPASS/)
  assert.match(String(await client.call('HELLO', '3', 'AUTH', 'default', 'guess')), /^-WRONGPASS/)
  assert.equal(await client.call('QUIT'), 'OK')
  await client.closed()
  assert.ok(client.heard.length > 3_000)
  assert.deepEqual(findCanary(client.heard, scene.canary), [])
})

test('RD-01, RD-11: what is refused is answered in its turn, and aborts the transaction', { skip }, async () => {
  const client = await cache.logIn()
  const pipeline = [
    ['SET', 'a', '1'],
    ['CONFIG', 'GET', 'requirepass'],
    ['MULTI'],
    ['SET', 'a', '2'],
    ['config', 'get', 'requirepass'],
    ['EXEC'],
    ['GET', 'a'],
  ]
  client.socket.write(Buffer.concat(pipeline.map((words) => command(...words))))
  const replies = await client.replies(pipeline.length)
  assert.deepEqual([replies[0], replies[2], replies[3], replies[6]], ['OK', 'OK', 'QUEUED', '1'])
  assert.match(String(replies[1]), /^-ERR unknown command .coatcheck\.refused.*config\|get/)
  assert.match(String(replies[5]), /^-EXECABORT/)
  for (const byte of command('CONFIG', 'GET', 'requirepass')) {
    client.socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  assert.match(String(await client.reply()), /^-ERR/)
  client.socket.destroy()
  const event = await poll(async () =>
    (await scene.world.events())
      .map(({ event }) => event)
      .findLast(({ code, note }) => code === 'statement_refused' && note?.includes('CONFIG GET')),
  )
  assert.match(event.note ?? '', /^session: con_\w+, command CONFIG GET$/)
})

test('RD-02, CO-11: a login in one segment with what follows it, and in one byte for each segment', {
  skip,
}, async () => {
  const whole = Buffer.concat([
    command('PING'),
    command('AUTH', 'default', cache.placeholder),
    command('SELECT', '3'),
    command('INFO', 'server'),
    command('ECHO', 'done'),
  ])
  const [slow, fast] = [await cache.connect(), await cache.connect()]
  fast.socket.write(whole)
  for (const byte of whole) {
    slow.socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  for (const client of [slow, fast]) {
    const [early, login, select, info, done] = await client.replies(5)
    assert.match(String(early), /^-NOAUTH/)
    assert.deepEqual([login, select, done], ['OK', 'OK', 'done'])
    assert.match(String(info), /redis_version/)
    client.socket.destroy()
  }
})

test('RD-03: HELLO with a login, and later ones', { skip }, async () => {
  const client = await cache.connect()
  const hello = await client.call('HELLO', '3', 'SETNAME', 'mine', 'AUTH', 'anybody', cache.placeholder)
  assert.ok(Array.isArray(hello) && hello.includes('proto') && hello.includes(3))
  assert.equal(await client.call('CLIENT', 'GETNAME'), 'mine')
  const again = await client.call('HELLO', '2', 'AUTH', 'anybody', cache.placeholder, 'SETNAME', 'other')
  assert.ok(Array.isArray(again) && again.includes(2))
  assert.equal(await client.call('CLIENT', 'GETNAME'), 'other')
  client.socket.destroy()
})

test('RD-04: a second login does no harm, and a wrong one leaves the session logged in', { skip }, async () => {
  const client = await cache.logIn()
  assert.equal(await client.call('AUTH', 'someone-else', cache.placeholder), 'OK')
  assert.equal(await client.call('ACL', 'WHOAMI'), 'default')
  assert.match(String(await client.call('AUTH', scene.canary.value)), /^-WRONGPASS/)
  assert.equal(await client.call('PING'), 'PONG')
  client.socket.destroy()
})

test('RD-05: after RESET nothing is allowed without a login', { skip }, async () => {
  const client = await cache.logIn()
  await client.call('SELECT', '4')
  await client.call('SET', 'where', 'four')
  const after = [command('PING'), command('RESET'), command('GET', 'where'), command('AUTH', cache.placeholder)]
  client.socket.write(Buffer.concat([...after, command('GET', 'where')]))
  const [pong, reset, refused, login, value] = await client.replies(5)
  assert.deepEqual([pong, reset, login, value], ['PONG', 'RESET', 'OK', null])
  assert.match(String(refused), /^-NOAUTH/)
  client.socket.destroy()
  scene.server.cli('-n', '4', 'flushdb')
})

test('RD-07: what is no request ends the session, after what came before it was answered', { skip }, async () => {
  for (const bytes of ['PING\r\n', '*1\r\n$-1\r\n', '*-1\r\n', '*2000000\r\n', 'GET / HTTP/1.1\r\n\r\n']) {
    const client = await cache.logIn()
    client.socket.write(Buffer.concat([command('SET', 'a', '1'), Buffer.from(bytes)]))
    await client.closed()
    assert.match(client.heard.toString(), /^\+OK\r\n\+OK\r\n-ERR unknown command .*malformed.*\r\n\+OK\r\n$/)
    const early = await cache.connect()
    early.socket.write(bytes)
    await early.closed()
    assert.match(early.heard.toString(), /^-ERR coatcheck: /)
  }
  const client = await cache.logIn()
  client.socket.write('*0\r\n')
  assert.equal(await client.call('PING'), 'PONG')
  client.socket.destroy()
})

test('RD-09: messages are pushed, replies can be off, and commands can wait', { skip }, async () => {
  const client = await cache.logIn()
  assert.deepEqual(await client.call('SUBSCRIBE', 'news'), ['subscribe', 'news', 1])
  scene.server.cli('publish', 'news', 'something')
  assert.deepEqual(await client.reply(), ['message', 'news', 'something'])
  await client.call('UNSUBSCRIBE', 'news')
  client.socket.write(Buffer.concat([command('CLIENT', 'REPLY', 'OFF'), command('SET', 'quiet', '1')]))
  client.socket.write(Buffer.concat([command('AUTH', cache.placeholder), command('CONFIG', 'GET', 'x')]))
  assert.equal(await client.call('CLIENT', 'REPLY', 'ON'), 'OK')
  assert.equal(await client.call('GET', 'quiet'), '1')
  client.socket.write(command('BLPOP', 'queue', '0'))
  await poll(() => (scene.server.cli('info', 'clients').includes('blocked_clients:1') ? true : undefined))
  scene.server.cli('rpush', 'queue', 'work')
  assert.deepEqual(await client.reply(), ['queue', 'work'])
  client.socket.destroy()
})

test('a client that insists on TLS gets it from the authority of the sandbox', { skip }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-ca-'))
  try {
    const ca = join(folder, 'ca.pem')
    writeFileSync(ca, cache.inside.sandbox.connect.ca)
    const name = cache.inside.sandbox.connect.env['REDIS_HOST']!
    const { stdout, stderr } = await cache.cli(['--tls', '--cacert', ca, '--sni', name, 'ping'])
    assert.deepEqual([stdout.trim(), stderr], ['PONG', ''])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('what the service says last arrives whole, however slowly it is read', { skip }, async () => {
  const client = await cache.logIn()
  const text = 'x'.repeat(1_500_000)
  assert.equal(await client.call('SET', 'long', text), 'OK')
  await client.call('CLIENT', 'SETNAME', 'slow')
  client.socket.pause()
  client.socket.write(Buffer.concat([command('GET', 'long'), command('QUIT')]))
  await poll(() => (scene.server.cli('client', 'list').includes('name=slow') ? undefined : true))
  client.socket.resume()
  const [value, bye] = await client.replies(2)
  assert.deepEqual([value === text, bye], [true, 'OK'])
  await client.closed()
  scene.server.cli('del', 'long')
})

test('a session is one event, with grant, database, bytes and duration (A3)', { skip }, async () => {
  await cache.cli(['ping'])
  const grant = cache.inside.sandbox.grants[0]!.id
  const found = await poll(async () => {
    const { event } = (await scene.world.events()).at(-1)!
    return event.kind === 'connection.completed' ? event : undefined
  })
  assert.deepEqual([found.scheme, found.host, found.secrets, found.grants], ['redis', cacheHost, ['cache@1'], [grant]])
  assert.ok(found.bytesSent! > 0 && found.bytesReceived! > 0 && found.latencyMs! > 0)
})

test('a placeholder of another sandbox opens nothing', { skip }, async () => {
  const other = await scene.open('cache')
  const { host, port } = await cache.address()
  const client = await RedisClient.connect(host, port)
  assert.match(String(await client.call('AUTH', other.placeholder)), /^-WRONGPASS/)
  client.socket.destroy()
})
