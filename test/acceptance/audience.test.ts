import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { CreatedSandbox, CreatedToken, Scope } from '@coatcheck/contract'
import fc from 'fast-check'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { doorWays, type Identity, type Place, proxyAuthorization, sendBy, sendTo, type WayIn } from '../wire/ways-in.ts'
import { type Inside, openWorld, type Received, type World } from '../wire/world.ts'

const api = 'api.service.test'
const other = 'other.service.test'
const key = makeCanary('sk-live-')
const onLoopback = { listen: { host: '127.0.0.1', port: 0 } } as const
let elapsedMs = 0
/** Time flies, so that what is asked for is the answer to each guess, and not what becomes of too many of them. */
const clock = { now: () => new Date(), monotonicMs: () => (elapsedMs += 1_000) }

describe('who may use which listener', { skip: skipWithout('openssl') }, () => {
  let origin: VerifyingServer
  let world: World
  let mine: CreatedSandbox
  let theirs: CreatedSandbox
  let admin: CreatedToken
  let door: { readonly host: string; readonly port: string }

  before(async () => {
    const root = createTlsRoot()
    const credentials = [{ scheme: 'bearer', value: key.value }] as const
    origin = await startOrigin({ root, hosts: { [api]: credentials, [other]: credentials } })
    world = await openWorld({ clock, settings: { proxy: onLoopback, api: onLoopback } })
    const { hostname, port } = new URL(world.broker.proxyUrl!)
    door = { host: hostname, port }
    const pin = { address: '127.0.0.1', port: origin.port }
    const scope = (to: string): Scope => ({ to, inject: { kind: 'bearer' }, pin, roots: root.certificate })
    await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope(api)] })
    await world.client.secrets.create({ name: 'other', value: key.value, scopes: [scope(other)] })
    mine = await world.client.sandboxes.create({ secrets: { API_KEY: 'api' } })
    theirs = await world.client.sandboxes.create({ secrets: { API_KEY: 'other' } })
    admin = await world.client.tokens.create({ name: 'owner', role: 'owner' })
  })
  after(async () => {
    await world?.[Symbol.asyncDispose]()
    await origin?.close()
  })

  const bearer = ({ connect: { env } }: CreatedSandbox) => ['Authorization', `Bearer ${env['API_KEY']}`] as const
  const placeOf = (sandbox: CreatedSandbox): Place => ({
    proxyUrl: world.broker.proxyUrl!,
    inside: { sandbox } as Inside,
  })
  const send = (way: WayIn, sandbox: CreatedSandbox, identity?: Identity): Promise<Received> => {
    const asking = { host: api, secret: 'api', target: '/json', headers: [bearer(sandbox)] }
    return sendBy(way, placeOf(sandbox), asking, identity)
  }

  /** Asks the management API over TCP. */
  const manage = (authorization: string, path = '/v1/secrets', method = 'GET') =>
    fetch(`${world.broker.apiUrl}${path}`, { method, headers: authorization === '' ? {} : { authorization } })

  /** That nothing reached a service while this was done. */
  async function withoutDial(act: () => Promise<void>): Promise<void> {
    const before = origin.dials
    await act()
    assert.equal(origin.dials, before)
  }

  test('R-85: at the management API, nobody without a token learns which routes there are', async () => {
    const answers = new Set<string>()
    for (const path of ['/v1/secrets/api', '/v1/nothing', '/nothing']) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        const reply = await manage('', path, method)
        answers.add(`${reply.status} ${((await reply.json()) as { code: string }).code}`)
      }
    }
    assert.deepEqual([...answers], ['401 token_invalid'])
  })

  test('R-84: a token of the management API is worth nothing at the door of sandboxes, whatever its role', async () => {
    await withoutDial(async () => {
      for (const role of ['auditor', 'operator', 'owner'] as const) {
        const { id, token } = await world.client.tokens.create({ name: role, role })
        const secret = token.slice(token.indexOf('.') + 1)
        for (const identity of [
          { id, token },
          { id: mine.id, token },
          { id: mine.id, token: secret },
        ])
          for (const way of doorWays) assert.notEqual((await send(way, mine, identity)).status, 200, way.name)
        for (const field of [`Bearer ${token}`, `Bearer ${mine.id}.${secret}`]) {
          for (const name of ['Proxy-Authorization', 'Authorization']) {
            const { status } = await sendTo(door, {}, api, `https://${api}/json`, [name, field])
            assert.equal(status, 407)
            assert.equal((await sendTo(door, {}, 'localhost', '/-/self', [name, field])).status, 401)
          }
        }
      }
    })
  })

  test('R-84: the token of a sandbox, and a placeholder, are worth nothing at the management API', async () => {
    const { id, token } = mine
    const text = mine.connect.env['API_KEY']
    for (const authorization of [
      `Bearer ${token}`,
      `Bearer ${id}.${token}`,
      `Bearer cct_${id.slice(4)}.${token}`,
      `Bearer ${admin.id.replace(/^tok_/, 'cct_')}.${token}`,
      proxyAuthorization(mine),
      `Bearer ${text}`,
    ]) {
      const { status } = await manage(authorization)
      assert.equal(status, 401)
    }
  })

  test('R-84: at the agent door a token opens its own sandbox and no other', async () => {
    const self = (identity: Identity, method = 'GET', target = '/-/self') =>
      sendTo(door, { method }, 'localhost', `/as/${identity.id}.${identity.token}${target}`)
    const own = await self(mine)
    assert.equal(own.status, 200)
    assert.ok(!own.text.includes(theirs.id))
    for (const identity of [
      { id: theirs.id, token: mine.token },
      { id: mine.id, token: theirs.token },
    ]) {
      assert.equal((await self(identity)).status, 401)
      assert.equal((await self(identity, 'DELETE')).status, 401)
      assert.equal((await self(identity, 'DELETE', '/-/self/grants/API_KEY')).status, 401)
    }
    const { status, grants } = await world.client.sandboxes.get(theirs.id)
    assert.deepEqual([status, grants.map(({ env }) => env)], ['active', ['API_KEY']])
  })

  test('R-85: at the door, who is calling is settled before where it goes', async () => {
    await withoutDial(async () => {
      const inside = ['/-/self', '/healthz', '/metrics', '/v1/status', '/proxy/api/json', '/ca.pem', '/nothing']
      for (const path of inside) assert.equal((await sendTo(door, {}, 'localhost', path)).status, 401, path)
      for (const path of inside) {
        for (const host of [api, 'localhost', '127.0.0.1', 'coatcheck.internal', 'nothing.example'])
          assert.equal((await sendTo(door, {}, host, `http://${host}${path}`)).status, 407, `${host}${path}`)
      }
    })
  })

  for (const [what, fields] of [
    ['X-Forwarded-Host', [['X-Forwarded-Host', other]]],
    ['Forwarded', [['Forwarded', `host=${other};proto=http`]]],
    ['X-Original-URL', [['X-Original-URL', `https://${other}/json`]]],
    ['X-Rewrite-URL', [['X-Rewrite-URL', '/json?x=rewritten']]],
    ['X-Host', [['X-Host', other]]],
    ['X-Upstream', [['X-Upstream', `https://${other}`]]],
    ['X-Target-URL', [['X-Target-URL', `https://${other}/json`]]],
    ['Via', [['Via', `1.1 ${other}`]]],
  ] as const) {
    test(`R-91: ${what} does not choose where a request goes`, async () => {
      const before = origin.requests.length
      for (const way of doorWays) {
        const asking = { host: api, secret: 'api', target: '/json', headers: [bearer(mine), ...fields] }
        await sendBy(way, placeOf(mine), asking)
      }
      for (const { host, target } of origin.requests.slice(before)) assert.deepEqual([host, target], [api, '/json'])
    })
  }

  test('R-91: a base URL leads to the hosts of the sandbox’s own grants and to nothing that its path says', async () => {
    await withoutDial(async () => {
      const start = `/as/${mine.id}.${mine.token}`
      for (const path of [
        `/${other}/json`,
        `/https://${other}/json`,
        `/https:/${other}/json`,
        `/other/json`,
        `/api@${other}/json`,
        `/api.${other}/json`,
        `/127.0.0.1:${origin.port}/json`,
      ]) {
        const { status, code } = await sendTo(door, { headers: [bearer(mine)] }, 'localhost', start + path)
        assert.deepEqual([status, code], [404, 'gateway_target_unknown'], path)
      }
    })
  })

  test('AC-11.1: no listener serves with a token that differs in anything', async () => {
    const { id, token } = mine
    const change = fc.oneof(
      fc.tuple(fc.nat(token.length - 1), fc.constantFrom(...'Aa0_-z')).map(([at, letter]) => ({
        id,
        token: token.slice(0, at) + letter + token.slice(at + 1),
      })),
      fc.nat(token.length - 1).map((length) => ({ id, token: token.slice(0, length) })),
      fc.stringMatching(/^[\w-]{1,20}$/).map((more) => ({ id, token: token + more })),
      fc.constantFrom(
        { id: theirs.id, token },
        { id, token: theirs.token },
        { id: id.toUpperCase(), token },
        { id, token: token.toLowerCase() },
        { id: `${id}0`, token },
        { id, token: Buffer.from(token).toString('base64url').slice(0, 43) },
      ),
    )
    const before = origin.dials
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...doorWays), change, async (way, identity) => {
        fc.pre(identity.token !== token || identity.id !== id)
        assert.notEqual((await send(way, mine, identity)).status, 200)
      }),
      { numRuns: 120 },
    )
    assert.equal(origin.dials, before)
    for (const way of doorWays) assert.equal((await send(way, mine)).status, 200, way.name)
  })

  test('AC-11.1: every listener of the broker is known, and each asks who is there', async () => {
    const urls = [world.broker.proxyUrl!, world.broker.apiUrl!]
    for (const url of urls) {
      const { hostname, port } = new URL(url)
      for (const bytes of [
        `GET https://${api}/json HTTP/1.1\r\nHost: ${api}\r\nAuthorization: Bearer x\r\nConnection: close\r\n\r\n`,
        `CONNECT ${api}:443 HTTP/1.1\r\nHost: ${api}:443\r\nConnection: close\r\n\r\n`,
        `GET /proxy/api/json HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`,
        Buffer.from([5, 1, 0]),
      ]) {
        const answer = await converse(hostname, Number(port), bytes)
        assert.doesNotMatch(answer, /^HTTP\/1\.1 2/)
        assert.ok(!answer.startsWith('\u0005\u0000'))
      }
    }
  })

  test('AC-11.4: whoever asks, a placeholder is served to its own sandbox while it is granted, and to nobody else', async () => {
    const neighbours = [mine, theirs]
    const hosts = [api, other]
    const pick = fc.nat(1)
    await fc.assert(
      fc.asyncProperty(pick, pick, pick, fc.constantFrom(...doorWays), async (who, whose, where, way) => {
        const sandbox = neighbours[who]!
        const asking = { host: hosts[where]!, secret: ['api', 'other'][where]!, target: '/json' }
        const headers = [bearer(neighbours[whose]!)]
        const { status } = await sendBy(way, placeOf(sandbox), { ...asking, headers })
        // At the root nothing but the placeholder says where it goes, whatever the host is called.
        const isFree = ['root by key', 'virtual host'].includes(way.name)
        assert.equal(
          status === 200,
          who === whose && (isFree || whose === where),
          `${who} ${whose} ${where} ${way.name}`,
        )
      }),
      { numRuns: 60 },
    )
    for (const [index, { id }] of neighbours.entries()) {
      const { items } = await world.client.audit.list({ limit: 1000 })
      const served = items.filter(({ event, decision }) => event.sandbox === id && decision === 'allowed')
      assert.deepEqual([...new Set(served.flatMap(({ event }) => event.host ?? []))], [hosts[index]])
    }
  })
})

/** What a listener says to bytes, until it closes or the connection has been idle. */
async function converse(host: string, port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, host)
  let answer = ''
  socket.on('data', (chunk: Buffer) => {
    answer += chunk.toString('latin1')
  })
  socket.on('error', () => {})
  socket.setTimeout(1_000, () => socket.destroy())
  socket.write(bytes)
  await once(socket, 'close')
  return answer
}
