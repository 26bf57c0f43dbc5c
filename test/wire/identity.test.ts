import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import type { CreatedSandbox, SandboxCreate, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { poll } from './poll.ts'
import { doorWays, type Identity, openConnect, type Place, proxyAuthorization, sendBy, sendTo } from './ways-in.ts'
import { type Inside, openWorld, receive, type World } from './world.ts'

const api = 'api.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()
let clockOffsetMs = 0
const clock = { now: () => new Date(Date.now() + clockOffsetMs), monotonicMs: () => performance.now() }

let origin: VerifyingServer
let world: World
let door: { readonly host: string; readonly port: string }

before(async () => {
  origin = await startOrigin({ root, hosts: { [api]: [{ scheme: 'bearer', value: key.value }] } })
  world = await openWorld({ clock, settings: { proxy: { listen: { host: 'localhost', port: 0 } } } })
  const { hostname, port } = new URL(world.broker.proxyUrl!)
  door = { host: hostname, port }
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: api, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope] })
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

const register = (input: SandboxCreate = {}): Promise<CreatedSandbox> =>
  world.client.sandboxes.create({ secrets: { API_KEY: 'api' }, ...input })

/** Where the ways lead for a registered sandbox; nothing of it runs here. */
function placeOf(sandbox: CreatedSandbox): Place {
  return { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } as Inside }
}

const bearer = ({ connect: { env } }: CreatedSandbox) => ['Authorization', `Bearer ${env['API_KEY']}`] as const
const asking = (sandbox: CreatedSandbox) => ({
  host: api,
  secret: 'api',
  target: '/json',
  headers: [bearer(sandbox)],
})

async function refusals(code: string) {
  const rows = (await world.events()).filter(({ event }) => event.code === code)
  return rows.map(({ event }) => event)
}

/** That the way refuses with this status, records one refusal of a connection, and dials nothing. */
async function assertStranger(way: (typeof doorWays)[number], sandbox: CreatedSandbox, identity: Identity | null) {
  const [dials, known] = [origin.dials, new Set((await world.events()).map(({ id }) => id))]
  const { status, text } = await sendBy(way, placeOf(sandbox), asking(sandbox), identity)
  const expected = { CONNECT: 407, 'absolute-form': 407, SOCKS5: 0 }[way.name] ?? 401
  assert.equal(status, expected)
  const rows = await poll(async () => {
    const fresh = (await world.events()).filter(({ id }) => !known.has(id))
    return fresh.length > 0 ? fresh : undefined
  })
  assert.deepEqual(
    rows.map(({ event }) => event.kind),
    ['connection.refused'],
  )
  assert.ok(!text.includes('reason'), 'why is for the journal only')
  assert.equal(origin.dials, dials)
  return text.replace(/con_[0-9a-z]+/, 'con_…')
}

for (const way of doorWays) {
  test(`R-54, R-82, AC-11.1: by ${way.name}, nobody without a good token gets in, and no two reasons look different`, async () => {
    const [sandbox, other, ended] = [await register(), await register(), await register()]
    const launched = (await world.createSandbox({ secrets: { API_KEY: 'api' } })).sandbox
    await world.client.sandboxes.end(ended.id)
    const { id } = sandbox
    const strangers: readonly [string, Identity | null][] = [
      ['none', null],
      ['a false token', { id, token: randomBytes(32).toString('base64url') }],
      ['the token of another sandbox', { id, token: other.token }],
      ['an unknown sandbox', { id: 'sbx_00000000000000000000', token: sandbox.token }],
      ['a sandbox that was ended', ended],
      ['a launched sandbox', launched],
    ]
    const answers = new Set<string>()
    for (const [, identity] of strangers) answers.add(await assertStranger(way, sandbox, identity))
    // SOCKS5 settles whether a token is shown at all before one could be.
    assert.equal(answers.size, way.name === 'SOCKS5' ? 2 : 1)
    assert.equal((await sendBy(way, placeOf(sandbox), asking(sandbox))).status, 200)
  })
}

for (const [what, text] of [
  ['no pair', 'Basic Zm9v'],
  ['an id alone', `Basic ${Buffer.from('sbx_0:').toString('base64')}`],
  ['two spaces and nothing', 'Bearer  '],
  ['another scheme', 'Digest username="sbx_0"'],
  ['a path in the id', `Basic ${Buffer.from('../sbx_0:x').toString('base64')}`],
  ['very long credentials', `Basic ${'QUFB'.repeat(5_000)}`],
  ['an id that would be a query (R-106)', `Basic ${Buffer.from("sbx_0' OR '1'='1:x").toString('base64')}`],
  ['a token that would be a query (R-106)', `Bearer sbx_0.x'/**/OR/**/1=1--`],
] as const) {
  test(`R-82: credentials with ${what} are refused like none`, async () => {
    const authority = `${api}:443`
    const { response, socket } = await openConnect(world.broker.proxyUrl!, authority, ['Proxy-Authorization', text])
    socket.destroy()
    assert.equal(response.statusCode, 407)
  })
}

test('two credentials are refused like none, though one of them is good', async () => {
  const sandbox = await register()
  const field = ['Proxy-Authorization', proxyAuthorization(sandbox)]
  const { response, socket } = await openConnect(world.broker.proxyUrl!, `${api}:443`, [...field, ...field])
  socket.destroy()
  assert.equal(response.statusCode, 407)
})

test('a Bearer token says who is calling as well', async () => {
  const sandbox = await register()
  const field = ['Proxy-Authorization', `Bearer ${sandbox.id}.${sandbox.token}`]
  const answer = await sendTo(door, { headers: [bearer(sandbox)] }, api, `https://${api}/json`, field)
  assert.equal(answer.status, 200)
})

test('AC-2.2: after a 407 the same connection takes the CONNECT again, with credentials', async () => {
  const sandbox = await register()
  const socket = connect(Number(door.port), door.host)
  const read = reader(socket)
  const head = `CONNECT ${api}:443 HTTP/1.1\r\nHost: ${api}:443\r\n`
  const before = (await world.events()).length
  for (let attempt = 0; attempt < 3; attempt += 1) {
    socket.write(`${head}\r\n`)
    const refused = await read('\n}\n')
    assert.match(refused, /^HTTP\/1\.1 407 Proxy Authentication Required\r\n/)
    assert.match(refused, /proxy-authenticate: Basic realm="coatcheck"\r\n/)
    assert.match(refused, /connection: keep-alive\r\n/)
  }
  socket.write(`${head}Proxy-Authorization: ${proxyAuthorization(sandbox)}\r\n\r\n`)
  assert.match(await read('\r\n\r\n'), /^HTTP\/1\.1 200 /)
  const secure = connectTls({ socket, servername: api, ca: sandbox.connect.ca })
  const headers = ['Host', api, ...bearer(sandbox)]
  const request = httpRequest({ createConnection: () => secure, path: '/json', setHost: false, headers })
  const [response] = (await once(request.end(), 'response')) as [IncomingMessage]
  assert.equal((await receive(response)).status, 200)
  secure.destroy()
  socket.destroy()
  const rows = (await world.events()).slice(before)
  assert.deepEqual(
    rows.map(({ event }) => event.kind).filter((kind) => kind.startsWith('connection')),
    [],
  )
})

test('AC-2.2: after a 407 the same connection takes an absolute-form request again', async () => {
  const sandbox = await register()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const target = `https://${api}/json`
  const options = { ...door, agent }
  const refused = await sendTo(options, { headers: [bearer(sandbox)] }, api, target)
  assert.deepEqual([refused.status, refused.headers['proxy-authenticate']], [407, 'Basic realm="coatcheck"'])
  const field = ['Proxy-Authorization', proxyAuthorization(sandbox)]
  const accepted = await sendTo(options, { headers: [bearer(sandbox)] }, api, target, field)
  assert.equal(accepted.status, 200)
  agent.destroy()
})

test('a visitor who goes on without a token is hung up on', async () => {
  const socket = connect(Number(door.port), door.host)
  const [read, closed] = [reader(socket), once(socket, 'close')]
  for (let attempt = 0; attempt < 9; attempt += 1) {
    socket.write(`CONNECT ${api}:443 HTTP/1.1\r\nHost: ${api}:443\r\n\r\n`)
    await read('\n}\n')
  }
  await closed
})

test('SEC-08: the first address that shows the token binds the sandbox; another one is refused with an alarm', async () => {
  const sandbox = await register()
  const [way] = doorWays
  assert.equal((await sendBy(way!, placeOf(sandbox), asking(sandbox))).status, 200)
  const dials = origin.dials
  const elsewhere = { ...door, localAddress: '127.0.0.2' }
  const field = ['Proxy-Authorization', proxyAuthorization(sandbox)]
  const refused = await sendTo(elsewhere, { headers: [bearer(sandbox)] }, api, `https://${api}/json`, field)
  assert.deepEqual([refused.status, refused.code], [403, 'sandbox_elsewhere'])
  const gateway = `/as/${sandbox.id}.${sandbox.token}/api/json`
  const atGateway = await sendTo(elsewhere, { headers: [bearer(sandbox)] }, 'localhost', gateway)
  assert.deepEqual([atGateway.status, atGateway.code], [403, 'sandbox_elsewhere'])
  assert.equal(origin.dials, dials)
  const alarms = (await refusals('sandbox_elsewhere')).filter(({ kind }) => kind === 'alarm.raised')
  assert.equal(alarms.filter((event) => event.sandbox === sandbox.id).length, 2)
  assert.equal((await sendBy(way!, placeOf(sandbox), asking(sandbox))).status, 200)
})

test('SEC-08: a false token from elsewhere binds nothing', async () => {
  const sandbox = await register()
  const elsewhere = { ...door, localAddress: '127.0.0.2' }
  const false_ = { id: sandbox.id, token: randomBytes(32).toString('base64url') }
  const field = ['Proxy-Authorization', proxyAuthorization(false_)]
  assert.equal((await sendTo(elsewhere, {}, api, `https://${api}/json`, field)).status, 407)
  assert.equal((await sendBy(doorWays[0]!, placeOf(sandbox), asking(sandbox))).status, 200)
})

test('SEC-08: a sandbox registered with its addresses is served from there and from nowhere else', async () => {
  const sandbox = await register({ from: ['127.0.0.4/30'] })
  const field = ['Proxy-Authorization', proxyAuthorization(sandbox)]
  const statuses = []
  for (const localAddress of ['127.0.0.3', '127.0.0.5', '127.0.0.6', '127.0.0.8']) {
    const options = { ...door, localAddress }
    statuses.push((await sendTo(options, { headers: [bearer(sandbox)] }, api, `https://${api}/json`, field)).status)
  }
  assert.deepEqual(statuses, [403, 200, 200, 403])
})

for (const way of doorWays) {
  test(`SEC-08: by ${way.name}, token and placeholder from another place are worth nothing, and an alarm`, async () => {
    const sandbox = await register({ from: ['192.0.2.0/24'] })
    const dials = origin.dials
    const { status, code } = await sendBy(way, placeOf(sandbox), asking(sandbox))
    assert.deepEqual([status, code], way.name === 'SOCKS5' ? [0, undefined] : [403, 'sandbox_elsewhere'])
    assert.equal(origin.dials, dials)
    const kinds = (await refusals('sandbox_elsewhere')).filter((event) => event.sandbox === sandbox.id)
    assert.deepEqual(kinds.map(({ kind }) => kind).toSorted(), ['alarm.raised', 'connection.refused'])
  })
}

test('SEC-08: 0.0.0.0/0 means anywhere', async () => {
  const sandbox = await register({ from: ['0.0.0.0/0'] })
  const field = ['Proxy-Authorization', proxyAuthorization(sandbox)]
  for (const localAddress of ['127.0.0.3', '127.0.0.5']) {
    const options = { ...door, localAddress }
    const { status } = await sendTo(options, { headers: [bearer(sandbox)] }, api, `https://${api}/json`, field)
    assert.equal(status, 200)
  }
})

for (const from of ['10.0.0.0/33', 'example.com', '', '::ffff:10.0.0.1']) {
  test(`a sandbox cannot be registered from ${JSON.stringify(from)}`, async () => {
    await assert.rejects(register({ from: [from] }), { code: 'request_invalid' })
  })
}

test('W6: on loopback a placeholder alone is enough where it was said before from where it comes, and nowhere else', async () => {
  const sandbox = await register({ from: ['127.0.0.5'] })
  const unsaid = await register()
  const send = (localAddress: string, holder: CreatedSandbox, host: string, target: string) =>
    sendTo({ ...door, localAddress }, { headers: [bearer(holder)] }, host, target)
  for (const [host, target] of [
    ['localhost', '/json'],
    ['api.localhost', '/json'],
    ['localhost', '/proxy/api/json'],
  ] as const) {
    assert.equal((await send('127.0.0.5', sandbox, host, target)).status, 200)
    const elsewhere = await send('127.0.0.6', sandbox, host, target)
    assert.deepEqual([elsewhere.status, elsewhere.code], [403, 'sandbox_elsewhere'])
    assert.equal((await send('127.0.0.5', unsaid, host, target)).status, 401)
  }
})

test('AC-1.3: a broker that stays up longer than a leaf serves another one to the next connection', async () => {
  const sandbox = await register({ ttlSeconds: 30 * 86_400 })
  const field = ['Proxy-Authorization', proxyAuthorization(sandbox)]
  const served = async () => {
    const { socket } = await openConnect(world.broker.proxyUrl!, `${api}:443`, field)
    // What is served is from the broker's own time, which the client does not share.
    const secure = connectTls({ socket, servername: api, rejectUnauthorized: false })
    await once(secure, 'secureConnect')
    const leaf = secure.getPeerX509Certificate()!
    secure.destroy()
    return leaf
  }
  const first = await served()
  assert.equal((await served()).serialNumber, first.serialNumber)
  clockOffsetMs += 8 * 86_400_000
  const second = await served()
  assert.ok(first.validToDate.getTime() < Date.now() + clockOffsetMs)
  assert.ok(second.validFromDate.getTime() <= Date.now() + clockOffsetMs - 300_000)
  assert.ok(second.validToDate.getTime() > Date.now() + clockOffsetMs)
})

test('R-82: the token of a sandbox that has expired is refused like a false one, by each way', async () => {
  const sandbox = await register()
  clockOffsetMs += 9 * 3_600_000
  for (const way of doorWays) await assertStranger(way, sandbox, sandbox)
})

/** Reads from a socket up to a mark. */
function reader(socket: Socket): (mark: string) => Promise<string> {
  let text = ''
  socket
    .on('error', () => {})
    .on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
    })
  return (mark) =>
    poll(() => {
      const end = text.indexOf(mark)
      if (end < 0) return undefined
      const found = text.slice(0, end + mark.length)
      text = text.slice(end + mark.length)
      return found
    })
}
