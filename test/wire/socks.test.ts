import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { CreatedSandbox, SandboxCreate, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { runToEnd } from '../fixtures/finished-process.ts'
import { freePort } from '../fixtures/free-port.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { openSocks, type SocksAsking, SocksRefusedError } from './socks-client.ts'
import { sendTo } from './ways-in.ts'
import { openWorld, type World } from './world.ts'

const api = 'api.service.test'
const open = 'open.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()
const loopbackSettings = { proxy: { listen: { host: '127.0.0.1', port: 0 } } }

let origin: VerifyingServer
let world: World
let sandbox: CreatedSandbox

before(async () => {
  const hosts = { [api]: [{ scheme: 'bearer', value: key.value }] as const, [open]: 'public' } as const
  origin = await startOrigin({ root, hosts })
  world = await openWorld({ settings: loopbackSettings })
  await stock(world)
  sandbox = await register(world)
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

async function stock({ client }: World): Promise<void> {
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await client.secrets.create({ name: 'api', value: key.value, scopes: [scope] })
}

function register({ client }: World, input: SandboxCreate = {}): Promise<CreatedSandbox> {
  const allow = [{ to: open, pin: { address: '127.0.0.1', port: origin.port } }]
  return client.sandboxes.create({ secrets: { API_KEY: 'api' }, network: { allow }, ...input })
}

const bearer = (holder = sandbox) => ['Authorization', `Bearer ${holder.connect.env['API_KEY']}`] as const

/** What a client gets from the API through a SOCKS5 proxy. */
async function ask({ broker }: World, holder: CreatedSandbox, asking: Partial<SocksAsking> = {}, serverName = api) {
  const socket = await openSocks(broker.proxyUrl!, { host: api, port: 443, identity: holder, ...asking })
  const secure = connectTls({ socket, servername: serverName, ca: holder.connect.ca })
  secure.on('error', () => {})
  await once(secure, 'secureConnect')
  try {
    return await sendTo({ createConnection: () => secure }, { headers: [bearer(holder)] }, serverName, '/json')
  } finally {
    socket.destroy()
  }
}

async function saidNo(asking: Promise<unknown>): Promise<string> {
  const error = await asking.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof SocksRefusedError, String(error))
  return error.bytes.subarray(0, 2).toString('hex')
}

test('AC-2.3: a host that a secret covers is inspected, and one that a rule allows is a tunnel', async () => {
  const answer = await ask(world, sandbox)
  assert.deepEqual([answer.status, answer.text], [200, '{"ok":true}'])
  const socket = await openSocks(world.broker.proxyUrl!, { host: open, port: 443, identity: sandbox })
  const secure = connectTls({ socket, servername: open, ca: root.certificate })
  await once(secure, 'secureConnect')
  secure.destroy()
})

test('AC-2.3: the URL that a sandbox is given works with curl as it is', { skip: skipWithout('curl') }, async () => {
  using home = makeTemporaryHome()
  const ca = join(home.path, 'ca.pem')
  writeFileSync(ca, sandbox.connect.ca)
  const { port } = new URL(world.broker.proxyUrl!)
  assert.equal(sandbox.connect.socksUrl, `socks5h://${sandbox.id}:${sandbox.token}@127.0.0.1:${port}`)
  const command = ['/usr/bin/env', 'curl', '-sS', '--cacert', ca, '-H', bearer().join(': '), `https://${api}/json`]
  const env = { ALL_PROXY: sandbox.connect.socksUrl!, PATH: process.env['PATH'] ?? '' }
  const { code, stdout, stderr } = await runToEnd(command, { env })
  assert.deepEqual([code, stdout, stderr], [0, '{"ok":true}', ''])
})

test('AC-3.2: the name that SOCKS5 was asked for and the name in TLS must be the same', async () => {
  const refused = await ask(world, sandbox, { host: open })
  assert.deepEqual([refused.status, refused.code], [421, 'destination_mismatch'])
})

for (const [what, asking, reply, code] of [
  ['BIND', { command: 2 }, '0507', 'method_refused'],
  ['UDP ASSOCIATE', { command: 3 }, '0507', 'method_refused'],
  ['an IPv4 address', { address: [1, 127, 0, 0, 1] }, '0502', 'destination_denied'],
  ['the metadata address', { address: [1, 169, 254, 169, 254], port: 80 }, '0502', 'destination_denied'],
  ['an IPv6 address', { address: [4, ...Array.from({ length: 15 }, () => 0), 1] }, '0502', 'destination_denied'],
  ['an address as a name', { host: '127.0.0.1' }, '0502', 'destination_denied'],
  ['an address in another notation', { host: '0x7f.1' }, '0501', 'request_malformed'],
  ['an unknown type of address', { address: [9, 1, 2] }, '0508', 'request_malformed'],
  ['R-08: a name with NUL', { host: `${api}\0.evil.test` }, '0501', 'request_malformed'],
  ['R-08: a name with a space', { host: `${api} ` }, '0501', 'request_malformed'],
  ['R-08: a name with a tab', { host: `${api}\t` }, '0501', 'request_malformed'],
  ['R-08: a name with a line end', { host: `${api}\r\n` }, '0501', 'request_malformed'],
  ['R-08: a name with an escape', { host: `${api}%00` }, '0501', 'request_malformed'],
  ['R-08: a name with a backslash', { host: `${api}\\evil` }, '0501', 'request_malformed'],
  ['a name with a port', { host: `${api}:443` }, '0501', 'request_malformed'],
  ['bytes that are no text', { host: 'a\xffb.test' }, '0501', 'request_malformed'],
  ['an empty name', { host: '' }, '0501', 'request_malformed'],
  ['no port', { port: 0 }, '0501', 'request_malformed'],
] as const) {
  test(`R-119: SOCKS5 refuses ${what} and records it`, async () => {
    const [dials, before] = [origin.dials, (await world.events()).length]
    const request = { host: api, port: 443, identity: sandbox, ...asking }
    assert.equal(await saidNo(openSocks(world.broker.proxyUrl!, request)), reply)
    const codes = (await world.events()).slice(before).map(({ event }) => event.code)
    assert.deepEqual(codes, [code])
    assert.equal(origin.dials, dials)
  })
}

test('the whole conversation in one piece, and each byte for itself, are the same conversation', async () => {
  const { id, token } = sandbox
  const { hostname, port } = new URL(world.broker.proxyUrl!)
  const name = Buffer.from(open)
  const conversation = Buffer.concat([
    Buffer.from([5, 1, 2, 1, id.length, ...Buffer.from(id), token.length, ...Buffer.from(token)]),
    Buffer.from([5, 1, 0, 3, name.length, ...name, 1, 187]),
    Buffer.from('GET / HTTP/1.1\r\nHost: open.service.test\r\n\r\n'),
  ])
  for (const size of [conversation.length, 1]) {
    const socket = connect(Number(port), hostname)
    socket.setNoDelay(true)
    const answer = socket.toArray()
    for (let at = 0; at < conversation.length; at += size) {
      socket.write(conversation.subarray(at, at + size))
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.end()
    const text = Buffer.concat(await answer).toString('latin1')
    // Clear text to a host that is allowed on 443 over TLS only: the refusal comes inside the tunnel.
    const replies = Buffer.from([5, 2, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).toString('latin1')
    assert.ok(text.startsWith(`${replies}HTTP/1.1 403 `))
    assert.match(text, /destination_denied/)
  }
})

for (const [what, bytes] of [
  ['SOCKS4', Buffer.from([4, 1, 1, 187, 0, 0, 0, 1, 0x61, 0, 0x62, 0])],
  ['an answer of another version', Buffer.from([5, 1, 2, 7, 1, 1])],
] as const) {
  test(`the door hangs up on ${what}`, async () => {
    const { hostname, port } = new URL(world.broker.proxyUrl!)
    const socket = connect(Number(port), hostname)
    socket.write(bytes)
    const said = Buffer.concat(await socket.toArray())
    assert.ok(said.length <= 2)
  })
}

test('SEC-08: a sandbox is bound to its first address by SOCKS5 as well', async () => {
  const holder = await register(world)
  assert.equal((await ask(world, holder)).status, 200)
  assert.equal(await saidNo(ask(world, holder, { localAddress: '127.0.0.2' })), '0101')
  const alarms = (await world.events()).filter(({ event }) => event.kind === 'alarm.raised')
  assert.ok(alarms.some(({ event }) => event.sandbox === holder.id && event.code === 'sandbox_elsewhere'))
})

async function openEverywhere(socksClear: boolean) {
  const home = makeTemporaryHome()
  const { certificate, key: privateKey } = root.leaf('coatcheck.service.test')
  const [certificateFile, keyFile] = [join(home.path, 'door.pem'), join(home.path, 'door.key')]
  writeFileSync(certificateFile, certificate)
  writeFileSync(keyFile, privateKey, { mode: 0o600 })
  const port = await freePort()
  const publicUrl = `https://127.0.0.1:${port}`
  const tls = { certificateFile, keyFile }
  const settings = { proxy: { listen: { host: '0.0.0.0', port }, tls, publicUrl, ...(socksClear && { socksClear }) } }
  const opened = await openWorld({ settings }, home)
  await stock(opened)
  return opened
}

const inTls = { tls: { ca: root.certificate, servername: 'coatcheck.service.test' } }

test('SEC-08: off loopback SOCKS5 is spoken inside TLS, and nothing is heard in clear text', async () => {
  await using everywhere = await openEverywhere(false)
  const holder = await register(everywhere, { from: ['127.0.0.1'] })
  assert.equal(holder.connect.socksUrl, undefined)
  assert.equal((await ask(everywhere, holder, inTls)).status, 200)
  assert.equal(await saidNo(ask(everywhere, holder)), '05ff')
  const refused = (await everywhere.events()).find(({ event }) => event.code === 'tls_required')
  assert.equal(refused?.event.kind, 'connection.refused')
})

test('SEC-08: --socks-clear lets in those alone that said beforehand from where they come', async () => {
  await using everywhere = await openEverywhere(true)
  const placed = await register(everywhere, { from: ['127.0.0.1'] })
  const unplaced = await register(everywhere)
  const anywhere = await register(everywhere, { from: ['0.0.0.0/0'] })
  assert.match(placed.connect.socksUrl ?? '', /^socks5h:\/\//)
  assert.equal((await ask(everywhere, placed)).status, 200)
  assert.equal(await saidNo(ask(everywhere, placed, { localAddress: '127.0.0.2' })), '0101')
  for (const holder of [unplaced, anywhere]) {
    assert.equal(holder.connect.socksUrl, undefined)
    assert.equal(await saidNo(ask(everywhere, holder)), '0101')
    assert.equal((await ask(everywhere, holder, inTls)).status, 200)
  }
  // A token that was seen in clear text has bound nothing.
  assert.equal((await ask(everywhere, unplaced, inTls)).status, 200)
  const inClear = await sendTo(
    { host: '127.0.0.1', port: new URL(everywhere.broker.proxyUrl!).port },
    {},
    'localhost',
    '/',
  )
  assert.deepEqual([inClear.status, inClear.code], [421, 'tls_required'])
})
