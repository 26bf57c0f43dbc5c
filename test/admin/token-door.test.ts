import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { DoorSettings } from '@coatcheck/broker'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { poll } from '../wire/poll.ts'
import { openWorld, type World } from '../wire/world.ts'

const value = 'sk_live_0123456789abcdefABCDEF'
const code = (expected: ProblemCode) => (error: unknown) => error instanceof CoatcheckError && error.code === expected
const onLoopback: DoorSettings = { listen: { host: '127.0.0.1', port: 0 } }

/** Writes bytes to a door and reads until it closes, or until `pause` ms pass without any. */
async function speak(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(text)
  let answer = ''
  socket.on('data', (chunk: Buffer) => {
    answer += chunk
  })
  await once(socket, 'close')
  return answer
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)

describe('the management API over TCP', () => {
  let world: World
  let url = ''
  let port = 0
  const clientOf = (token: string): CoatcheckClient => createClient({ url, token })
  before(async () => {
    world = await openWorld({ settings: { api: onLoopback } })
    url = world.broker.apiUrl ?? ''
    port = Number(new URL(url).port)
  })
  after(() => world[Symbol.asyncDispose]())

  const issue = (role: 'owner' | 'operator' | 'auditor', ttlSeconds = 3600) =>
    world.client.tokens.create({ name: role, role, ttlSeconds })

  test('a token does over TCP what the owner does over the socket, as far as its role goes', async () => {
    const operator = clientOf((await issue('operator')).token)
    const auditor = clientOf((await issue('auditor')).token)
    await operator.secrets.create({ name: 'stripe', value, provider: 'stripe' })
    assert.equal((await auditor.secrets.get('stripe')).version, 1)
    await assert.rejects(auditor.secrets.rotate('stripe', `${value}2`), code('role_insufficient'))
    await assert.rejects(operator.vault.lock(), code('role_insufficient'))
    await assert.rejects(operator.tokens.list(), code('role_insufficient'))
    await operator.secrets.delete('stripe')
    await assert.rejects(clientOf('cct_none').status(), code('token_invalid'))
  })

  test('the status tells which doors are open', async () => {
    assert.deepEqual((await world.client.status()).doors, [{ name: 'api', url }])
  })

  test('a token survives the broker, its role is sealed, and its last use is known', async () => {
    const { id, token } = await issue('auditor')
    assert.equal((await world.client.tokens.get(id)).lastUsedAt, null)
    await clientOf(token).status()
    assert.notEqual((await world.client.tokens.get(id)).lastUsedAt, null)
    const listed = (await world.client.tokens.list()).items.find((each) => each.id === id)
    assert.equal(listed?.role, 'auditor')
  })

  test('R-82: a token has a bounded number of streams, and room again once one ends', { timeout: 60_000 }, async () => {
    const { token } = await issue('auditor')
    const open = new AbortController()
    const headers = { authorization: `Bearer ${token}` }
    const follow = (signal = open.signal) => fetch(`${url}/v1/requests?follow=true`, { headers, signal })
    const first = new AbortController()
    const streams = await Promise.all([follow(first.signal), ...Array.from({ length: 63 }, () => follow())])
    assert.ok(streams.every(({ status }) => status === 200))
    const refused = await follow()
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1'])
    assert.equal((await fetch(`${url}/v1/status`, { headers })).status, 200)
    const other = { authorization: `Bearer ${(await issue('auditor')).token}` }
    const stream = await fetch(`${url}/v1/requests?follow=true`, { headers: other, signal: open.signal })
    assert.equal(stream.status, 200)
    first.abort()
    await poll(async () => ((await follow()).status === 200 ? true : undefined))
    open.abort()
  })

  test('R-108: revoking a token ends the streams that it has open', async () => {
    const { id, token } = await issue('auditor')
    const seen: string[] = []
    const following = (async () => {
      for await (const row of clientOf(token).audit.follow()) seen.push(row.event.kind)
    })()
    const ended = following.then(
      () => 'in order',
      (error: unknown) => (error as CoatcheckError).code,
    )
    for (let attempt = 0; attempt < 100 && seen.length === 0; attempt++) {
      await world.client.tokens.revoke((await issue('auditor')).id)
      await delay(50)
    }
    assert.ok(seen.length > 0)
    await world.client.tokens.revoke(id)
    assert.equal(await ended, 'broker_unreachable')
    await assert.rejects(clientOf(token).status(), code('token_invalid'))
  })

  test('the text of a token is nowhere on the disk, nor is a reply that holds one', async () => {
    const { token } = await issue('auditor')
    await clientOf(token).status()
    const sandbox = await world.client.with({ idempotencyKey: 'on-disk' }).sandboxes.create({ name: 'a' })
    for (const name of readdirSync(world.home, { recursive: true, encoding: 'utf8' })) {
      const path = join(world.home, name)
      if (!statSync(path).isFile()) continue
      const bytes = readFileSync(path)
      for (const text of [token, sandbox.token]) assert.ok(!bytes.includes(text.slice(-30)), name)
    }
    await world.client.sandboxes.end(sandbox.id)
  })

  const hostileHosts = [
    'localhost#',
    'localhost#/healthz',
    'localhost/v1/secrets',
    'localhost/healthz?',
    'user@localhost',
    'localhost?x=',
    'localhost:1#',
    'localhost\\@evil.example',
    'localhost, localhost',
    'local host',
    '',
    '[::1',
    'localhost:99999999',
  ]
  for (const host of hostileHosts) {
    test(`R-107: the Host ${JSON.stringify(host)} is refused before anything is routed`, async () => {
      const { token } = await issue('owner')
      for (const path of ['/healthz', '/v1/secrets']) {
        const answer = await speak(
          port,
          `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
        )
        assert.equal(statusOf(answer), 400, answer)
        assert.ok(!answer.includes('"items"') && !answer.includes('"ok"'))
      }
    })
  }

  for (const host of [
    'evil.example',
    'evil.example:PORT',
    'localhost.evil.example:PORT',
    '127.0.0.2:PORT',
    'localhost:1',
  ]) {
    test(`the Host ${host} names another server and is refused`, async () => {
      const answer = await speak(
        port,
        `GET /healthz HTTP/1.1\r\nHost: ${host.replace('PORT', String(port))}\r\nConnection: close\r\n\r\n`,
      )
      assert.equal(statusOf(answer), 421, answer)
      assert.match(answer, /host_forbidden/)
    })
  }

  for (const host of ['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT']) {
    test(`the Host ${host} is a good name on loopback`, async () => {
      const answer = await speak(
        port,
        `GET /healthz HTTP/1.1\r\nHost: ${host.replace('PORT', String(port))}\r\nConnection: close\r\n\r\n`,
      )
      assert.equal(statusOf(answer), 200, answer)
    })
  }

  const heads: readonly (readonly [string, string, number])[] = [
    ['two Host fields', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT\r\n', 400],
    ['no Host field', 'GET /healthz HTTP/1.1\r\n', 400],
    ['an absolute target', 'GET http://127.0.0.1:PORT/healthz HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n', 400],
    ['a target with two slashes', 'GET //evil.example/healthz HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n', 400],
    ['a target with a backslash', 'GET /\\evil HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n', 400],
    ['a fragment', 'GET /healthz#x HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n', 400],
    ['an asterisk', 'OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n', 400],
    ['an Origin', 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:PORT\r\n', 403],
    ['a method that is none', 'TRACE /v1/secrets HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n', 401],
    ['a head without end', `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nX: ${'x'.repeat(20_000)}\r\n`, 431],
  ]
  for (const [what, head, status] of heads) {
    test(`a request with ${what} is answered ${status}`, async () => {
      const answer = await speak(port, `${head.replaceAll('PORT', String(port))}Connection: close\r\n\r\n`)
      assert.equal(statusOf(answer), status, answer)
    })
  }

  test('a CONNECT and an upgrade lead nowhere', async () => {
    const connecting = await speak(port, `CONNECT example.com:443 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
    assert.ok(!/ 200 /.test(connecting))
    const upgrade = await speak(
      port,
      `GET /v1/secrets HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
    )
    assert.ok([0, 401].includes(statusOf(upgrade)), upgrade)
  })

  test('a client does not send a token in clear text off loopback, and follows no redirect', async () => {
    assert.throws(() => createClient({ url: 'http://broker.example:7072', token: 'cct_x' }), code('tls_required'))
    for (const bad of ['ftp://127.0.0.1', 'nonsense', 'http://user:pass@127.0.0.1', 'http://127.0.0.1/?x=1']) {
      assert.throws(() => createClient({ url: bad, token: 'cct_x' }), code('request_invalid'), bad)
    }
    let seen = 0
    const other = createServer((_request, response) => {
      seen++
      response.writeHead(302, { location: url }).end()
    }).listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port: otherPort } = other.address() as AddressInfo
    await assert.rejects(
      createClient({ url: `http://127.0.0.1:${otherPort}`, token: 'cct_x' }).status(),
      code('internal'),
    )
    other.close()
    assert.equal(seen, 1)
  })

  test('a change is bound to the entity tag that the client has read', async () => {
    const admin = clientOf((await issue('owner')).token)
    await admin.secrets.create({ name: 'tagged', value, provider: 'stripe' })
    const tag = await admin.entityTag('/v1/secrets/tagged')
    assert.match(tag, /^"[\w-]+"$/)
    const scopes = [{ to: 'api.stripe.com', inject: { kind: 'bearer' } }]
    await admin.with({ ifMatch: tag }).secrets.update('tagged', { scopes })
    await assert.rejects(admin.with({ ifMatch: tag }).secrets.update('tagged', { scopes }), code('precondition_failed'))
    await assert.rejects(admin.with({ ifMatch: tag }).secrets.delete('tagged'), code('precondition_failed'))
    await admin.with({ ifMatch: await admin.entityTag('/v1/secrets/tagged') }).secrets.delete('tagged')
  })

  test('a sandbox that is created twice under one key is one sandbox', async () => {
    const admin = clientOf((await issue('owner')).token).with({ idempotencyKey: 'deploy-7' })
    const [one, other] = await Promise.all([
      admin.sandboxes.create({ name: 'a' }),
      admin.sandboxes.create({ name: 'a' }),
    ])
    assert.deepEqual(one, other)
    assert.deepEqual(await admin.sandboxes.create({ name: 'a' }), one)
    await assert.rejects(admin.sandboxes.create({ name: 'b' }), code('idempotency_mismatch'))
    await world.client.sandboxes.end(one.id)
  })
})

describe('where the management API listens', () => {
  test('R-94: off loopback it does not listen without a certificate', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
      await assert.rejects(openWorld({ settings: { api: { listen: { host, port: 0 } } } }), code('tls_required'), host)
    }
  })

  test('a port that is taken is named, and the broker does not half start', async () => {
    await using world = await openWorld({ settings: { api: onLoopback } })
    const port = Number(new URL(world.broker.apiUrl ?? '').port)
    await assert.rejects(
      openWorld({ settings: { api: { listen: { host: '127.0.0.1', port } } } }),
      (error: unknown) => {
        assert.ok(error instanceof CoatcheckError)
        assert.deepEqual([error.code, error.facts['reason']], ['listen_failed', 'another program listens there'])
        return true
      },
    )
  })

  test('with a certificate it speaks TLS, and nothing else, under the name that its URL has', async () => {
    const root = createTlsRoot()
    const { certificate, key } = root.leaf('localhost')
    const home = makeTemporaryHome()
    const tls = { certificateFile: join(home.path, 'api.pem'), keyFile: join(home.path, 'api.key') }
    writeFileSync(tls.certificateFile, certificate)
    writeFileSync(tls.keyFile, key, { mode: 0o600 })
    await using world = await openWorld({ settings: { api: { ...onLoopback, tls } } }, home)
    const url = (world.broker.apiUrl ?? '').replace('127.0.0.1', 'localhost')
    assert.match(url, /^https:/)
    const { token } = await world.client.tokens.create({ name: 'a', role: 'auditor' })
    const client = createClient({ url, token, ca: root.certificate })
    assert.equal((await client.status()).vault, 'unlocked')
    await assert.rejects(createClient({ url, token }).status(), code('broker_unreachable'))
    const clear = createClient({ url: url.replace('https:', 'http:'), token })
    await assert.rejects(clear.status(), code('broker_unreachable'))
  })

  for (const [what, prepare] of [
    ['missing', (file: string) => rmSync(file, { force: true })],
    ['no certificate', (file: string) => writeFileSync(file, 'nonsense')],
  ] as const) {
    test(`a certificate that is ${what} keeps the broker from starting`, async () => {
      const home = makeTemporaryHome()
      const tls = { certificateFile: join(home.path, 'api.pem'), keyFile: join(home.path, 'api.key') }
      writeFileSync(tls.keyFile, 'nonsense', { mode: 0o600 })
      prepare(tls.certificateFile)
      await assert.rejects(openWorld({ settings: { api: { ...onLoopback, tls } } }, home), code('settings_invalid'))
    })
  }
})
