import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { doorWays, type Place, sendBy } from './ways-in.ts'
import { type Inside, openWorld, type Received, type World } from './world.ts'

const host = 'kept.service.test'
const dropped = 'dropped.service.test'
const passed = 'passed.service.test'
const mixed = 'mixed.service.test'
const hosts = [host, dropped, passed, mixed]
const root = createTlsRoot()
const key = 'the-real-key-of-the-service'
const session = 'session=0123456789abcdef0123'

/** `Cookie` fields of all requests. */
const cookies: string[] = []

/** Sets the cookies that the query names, and says which ones it was sent. */
async function openService(): Promise<VerifyingServer> {
  return startVerifyingServer({
    root,
    hosts: Object.fromEntries(hosts.map((name) => [name, 'public'])),
    answer(request, response) {
      const asked = new URL(request.url!, 'https://x').searchParams.getAll('set')
      const { cookie = '' } = request.headers
      cookies.push(cookie)
      response.writeHead(200, asked.length === 0 ? {} : { 'set-cookie': asked }).end(`You sent: ${cookie}`)
    },
  })
}

/** The cookies that came with the last request: what an answer says of them was cleaned. */
function sent({ status }: Received): string {
  assert.equal(status, 200)
  return cookies.at(-1)!
}

describe('cookies of services', () => {
  let origin: VerifyingServer
  let world: World
  let inside: Inside

  before(async () => {
    origin = await openService()
    world = await openWorld()
    const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
    const bearer = { kind: 'bearer' }
    const scopes: Scope[] = [
      { to: host, inject: bearer, cookies: 'keep', ...reach },
      { to: dropped, inject: bearer, ...reach },
      { to: passed, inject: bearer, cookies: 'pass', ...reach },
      { to: mixed, inject: bearer, foreign: 'pass', cookies: 'keep', ...reach },
      { to: mixed, inject: { kind: 'cookie', name: 'login' }, cookies: 'keep', ...reach },
    ]
    await world.client.secrets.create({ name: 'one', value: key, scopes })
    await world.client.secrets.create({ name: 'two', value: `${key}-2`, scopes: [scopes[0]!] })
  })
  after(async () => {
    await world[Symbol.asyncDispose]()
    await origin.close()
  })

  const begin = async (): Promise<void> => {
    inside = await world.createSandbox({ secrets: { ONE: 'one', TWO: 'two' } })
  }

  interface Ask {
    readonly to?: string
    readonly env?: string | null
    readonly set?: readonly string[]
    readonly path?: string
    readonly cookie?: string
  }

  async function ask({ to = host, env = 'ONE', set = [], path = '/', cookie }: Ask = {}): Promise<Received> {
    const query = set.map((text) => `set=${encodeURIComponent(text)}`).join('&')
    const headers = [
      ...(env === null ? [] : [['Authorization', `Bearer ${inside.placeholder(env)}`] as const]),
      ...(cookie === undefined ? [] : [['Cookie', cookie] as const]),
    ]
    return inside.send({ host: to, target: query === '' ? path : `${path}?${query}`, headers })
  }

  test('AC-10.4, R-72: a session goes back to its service, and is not seen inside', async () => {
    await begin()
    // Asked before, so that what was decided about it is known when the cookie is there.
    for (const _ of [1, 2]) assert.equal(sent(await ask()), '')
    const answer = await ask({ set: [`${session}; Path=/; HttpOnly; Secure`, 'lang=en; Path=/x'] })
    assert.equal(answer.headers['set-cookie'], undefined)
    for (const _ of [1, 2]) assert.equal(sent(await ask()), session)
    assert.equal(sent(await ask({ path: '/x/y' })), `lang=en; ${session}`)
    await ask({ set: ['session=; Max-Age=0; Path=/'] })
    assert.equal(sent(await ask()), '')
    await inside.end()
  })

  test('AC-10.4: a session that comes back in a body is not seen inside either', async () => {
    await begin()
    await ask({ set: [session] })
    assert.equal((await ask()).text, `You sent: session=${'*'.repeat(20)}`)
    await inside.end()
  })

  test('R-72: a session goes with the secret that it was opened with, and with nothing else', async () => {
    await begin()
    await ask({ set: [session] })
    assert.equal(sent(await ask({ env: 'TWO' })), '')
    assert.equal(sent(await ask({ env: null })), '')
    assert.equal(sent(await ask({ to: passed })), '')
    const first = inside
    await begin()
    assert.equal(sent(await ask()), '')
    await inside.end()
    inside = first
    assert.equal(sent(await ask()), session)
    await inside.end()
  })

  test('AC-10.4: cookies are dropped, unless a scope says otherwise', async () => {
    await begin()
    for (const [to, seen] of [
      [dropped, undefined],
      [passed, [session]],
    ] as const) {
      assert.deepEqual((await ask({ to, set: [session] })).headers['set-cookie'], seen)
      assert.equal(sent(await ask({ to })), '')
    }
    await inside.end()
  })

  test('cookies of the client stay beside it, but those of the same name', async () => {
    await begin()
    await ask({ to: mixed, set: [session] })
    assert.equal(sent(await ask({ to: mixed, cookie: 'session=mine; other=1' })), `other=1; ${session}`)
    await inside.end()
  })

  test('a secret that is a cookie itself is the operator’s to change', async () => {
    await begin()
    const cookie = `login=${inside.placeholder('ONE')}`
    const asked = { to: mixed, env: null, cookie }
    await ask({ ...asked, set: ['login=another-one-of-the-service', session] })
    assert.equal(sent(await ask(asked)), `login=${key}; ${session}`)
    await inside.end()
  })

  test('S3: with a secret that was taken away and given back, the session is gone', async () => {
    await begin()
    await ask({ set: [session] })
    await ask({ env: 'TWO', set: [session] })
    const { id } = inside.sandbox
    await world.client.sandboxes.detach(id, 'TWO')
    assert.equal(sent(await ask()), session)
    await world.client.sandboxes.detach(id, 'ONE')
    const { env } = await world.client.sandboxes.attach(id, 'ONE', { secret: 'one' })
    const headers = [['Authorization', `Bearer ${env['ONE']!}`]] as const
    assert.equal(sent(await inside.send({ host, headers })), '')
    await inside.end()
  })

  test('W8: with a lock, every session is over', async () => {
    await begin()
    await ask({ set: [session] })
    await world.client.vault.lock()
    await world.client.vault.unlock()
    assert.equal(sent(await ask()), '')
    await inside.end()
  })

  test('V5: with a new value, the session of the old one is over', async () => {
    await begin()
    await ask({ set: [session] })
    await world.client.secrets.rotate('one', `${key}-3`)
    assert.equal(sent(await ask()), '')
    await inside.end()
  })
})

for (const workers of [0, 2]) {
  const skip = workers > 0 && process.platform !== 'linux' && 'workers need Linux'
  test(`AC-10.4: a session that was opened is there on every connection, with ${workers} workers`, {
    skip,
  }, async () => {
    await using origin = await openService()
    const proxy = { listen: { host: '127.0.0.1', port: 0 } }
    await using world = await openWorld({ settings: workers === 0 ? { proxy } : { proxy, workers } })
    const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
    await world.client.secrets.create({
      name: 'one',
      value: key,
      scopes: [{ to: host, inject: { kind: 'bearer' }, cookies: 'keep', ...reach }],
    })
    const sandbox = await world.client.sandboxes.create({ secrets: { ONE: 'one' }, from: ['127.0.0.1'] })
    const placeholder = (env: string): string => sandbox.connect.env[env]!
    const place: Place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox, placeholder } as Inside }
    const ask = (target: string): Promise<Received> => {
      const headers = [['Authorization', `Bearer ${placeholder('ONE')}`]] as const
      return sendBy(doorWays.find(({ name }) => name === 'absolute-form')!, place, {
        host,
        secret: 'one',
        target,
        headers,
      })
    }
    for (let round = 0; round < 8; round += 1) {
      const text = `session=${String(round).repeat(20)}`
      await ask(`/?set=${encodeURIComponent(`${text}; Path=/`)}`)
      assert.equal(sent(await ask('/')), text)
    }
  })
}
