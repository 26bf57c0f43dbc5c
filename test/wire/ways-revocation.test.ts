import assert from 'node:assert/strict'
import { Agent } from 'node:http'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { makeCanary } from '../fixtures/canary.ts'
import {
  askingOf,
  closeOf,
  hosts,
  type OpenTraffic,
  openFreshTunnel,
  openRevocationScene,
  type RevocationPlace,
  type RevocationScene,
} from './revocation-scene.ts'
import { doorWays, openConnect, type Place, proxyAuthorization, sendBy, sendTo, waysIn } from './ways-in.ts'

let clockOffsetMs = 0
const clock = { now: () => new Date(Date.now() + clockOffsetMs), monotonicMs: () => performance.now() }
const hourMs = 3_600_000

let scene: RevocationScene
before(async () => {
  scene = await openRevocationScene()
})
after(() => scene[Symbol.asyncDispose]())

/** Something that takes authority away, in the middle of everything. */
interface Cause {
  readonly name: string
  /** It goes by a clock that the test turns. */
  readonly isTimed?: boolean
  /** Before anything is open. */
  prepare?(place: Place, where: RevocationPlace): Promise<Place>
  happen(place: Place, where: RevocationPlace): Promise<unknown>
  /** What an upload that is cut is told, and the next request, by ways that can say it. */
  readonly next: string
}

const env = 'API'

/** What ends the one grant of the secret `api`, and nothing else. */
const endsGrant: readonly Cause[] = [
  {
    name: 'detaching its secret',
    happen: ({ inside }, { world }) => world.client.sandboxes.detach(inside.sandbox.id, env),
    next: 'grant_ended',
  },
  {
    name: 'ending its grant',
    happen: ({ inside }, { world }) =>
      world.client.grants.end(inside.sandbox.grants.find((grant) => grant.env === env)!.id),
    next: 'grant_ended',
  },
  {
    name: 'deleting its secret',
    happen: (_place, { world }) => world.client.secrets.delete('api'),
    next: 'grant_ended',
  },
  {
    name: 'rotating its secret and taking it away',
    async happen({ inside }, { world }) {
      await world.client.secrets.rotate('api', makeCanary('sk-next-').value)
      await world.client.sandboxes.detach(inside.sandbox.id, env)
    },
    next: 'grant_ended',
  },
  {
    name: 'a lockdown of its secret',
    happen: (_place, { world }) => world.client.lockdown({ secret: 'api' }),
    next: 'grant_ended',
  },
  {
    name: 'the sandbox giving it up',
    async happen({ proxyUrl, inside }) {
      const { hostname, port } = new URL(proxyUrl)
      const { id, token } = inside.sandbox
      const options = { host: hostname, port }
      const { status } = await sendTo(
        options,
        { method: 'DELETE' },
        hostname,
        `/as/${id}.${token}/-/self/grants/${env}`,
      )
      assert.equal(status, 204)
    },
    next: 'grant_ended',
  },
  {
    name: 'the end of its own time',
    isTimed: true,
    async prepare({ proxyUrl, inside }, { world }) {
      const attaching = { secret: 'api', ttlSeconds: hourMs / 1000 }
      const { placeholder } = await world.client.sandboxes.attach(inside.sandbox.id, env, attaching)
      return {
        proxyUrl,
        inside: { ...boundTo(inside), placeholder: (name) => (name === env ? placeholder : inside.placeholder(name)) },
      }
    },
    async happen({ inside }, { world }) {
      // Timers are armed anew, by the clock as it is then.
      clockOffsetMs += hourMs - 200
      await world.client.sandboxes.renew(inside.sandbox.id, 3 * (hourMs / 1000))
    },
    next: 'grant_expired',
  },
]

/** What ends the whole sandbox. */
const endsSandbox: readonly (Omit<Cause, 'next'> & { readonly everybody?: boolean })[] = [
  { name: 'ending the sandbox', happen: ({ inside }) => inside.end() },
  {
    name: 'the end of its time',
    happen: ({ inside }, { world }) => world.client.sandboxes.renew(inside.sandbox.id, 1),
  },
  {
    name: 'a lockdown of the sandbox',
    happen: ({ inside }, { world }) => world.client.lockdown({ sandbox: inside.sandbox.id }),
  },
  { name: 'a lockdown by label', happen: (_place, { world }) => world.client.lockdown({ label: 'team=red' }) },
  { name: 'a lockdown of all', happen: (_place, { world }) => world.client.lockdown({ all: true }), everybody: true },
]

function boundTo(inside: Place['inside']): Place['inside'] {
  return {
    sandbox: inside.sandbox,
    placeholder: (name) => inside.placeholder(name),
    addressOf: (name) => inside.addressOf(name),
    portOf: (port) => inside.portOf(port),
    connectTls: (...names) => inside.connectTls(...names),
    send: (sending) => inside.send(sending),
    sendBytes: (host, bytes) => inside.sendBytes(host, bytes),
    end: () => inside.end(),
  }
}

/** Its grants may end a moment before the sandbox does. */
const endOfAll = ['grant_ended', 'grant_expired', 'sandbox_expired']

/** Far more than the second that is promised; what is not over then never is. */
async function inTime<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  const over = new AbortController()
  const late = delay(10_000, undefined, { signal: over.signal }).then(() => assert.fail(`${what} is still open`))
  try {
    return await Promise.race([promise, late])
  } finally {
    late.catch(() => {})
    over.abort()
  }
}

async function openAll(where: RevocationPlace, place: Place): Promise<readonly OpenTraffic[]> {
  const all: OpenTraffic[] = []
  for (const way of waysIn) all.push(await where.openTraffic(way, place))
  return all
}

/** That everything of it is closed; an upload is told why. */
async function assertClosed(all: readonly OpenTraffic[], told: readonly [number, readonly string[]]): Promise<void> {
  for (const { way, streamed, uploaded, idleClosed, endAtService } of all) {
    await assert.rejects(inTime(streamed, `${way.name}: stream`), { code: 'ECONNRESET' })
    const { status, code = '' } = await inTime(uploaded, `${way.name}: upload`)
    assert.equal(status, told[0], way.name)
    assert.ok(told[1].includes(code), `${way.name}: ${code}`)
    await inTime(idleClosed, `${way.name}: idle connection`)
    await inTime(endAtService, `${way.name}: connection of the service, or the upload’s`)
  }
}

async function assertNextRefused(place: Place, status: number, code: string): Promise<void> {
  const dials = scene.dials
  for (const way of waysIn) {
    const { text, ...next } = await sendBy(way, place, askingOf(place, 'api', '/json'))
    assert.deepEqual([next.status, next.code], [status, code], way.name)
    const { title, remedy } = JSON.parse(text) as { title: string; remedy: string }
    assert.ok(title.length > 0 && remedy.length > 0)
  }
  assert.equal(scene.dials, dials)
}

for (const { name, isTimed = false, prepare, happen, next } of endsGrant) {
  test(`AC-11.2, N2, S3: ${name} closes what uses it, by every way, and nothing else`, async () => {
    const where = await scene.openPlace(isTimed ? clock : undefined)
    await using world = where.world
    const created = await where.createPlace()
    const place = (await prepare?.(created, where)) ?? created
    const other = await where.createPlace()
    const traffic = await openAll(where, place)
    const fresh = closeOf(await openFreshTunnel(place, 'api'))
    const tunnels = await where.openTunnels(place)
    const bystanders = []
    for (const way of waysIn) bystanders.push(await where.openStream(way, place, 'git'))
    for (const way of waysIn) bystanders.push(await where.openStream(way, other, 'git'))
    const freshOther = await openFreshTunnel(place, 'git')

    await happen(place, where)
    await assertClosed(traffic, [403, [next]])
    await inTime(fresh, 'a tunnel on which nothing was asked for yet')
    await assertNextRefused(place, 403, next)

    for (const finish of bystanders) await finish()
    for (const { check } of tunnels) await check()
    assert.equal(freshOther.destroyed, false)
    freshOther.destroy()
    const kinds = (await world.events()).filter(({ event }) => event.kind === 'grant.ended')
    assert.ok(kinds.length > 0)
  })
}

test('AC-11.2, R-58: denying a host ends what is going on with it, by every way, and refuses what comes next', async () => {
  const where = await scene.openPlace()
  await using world = where.world
  const place = await where.createPlace()
  const traffic = []
  for (const way of doorWays) traffic.push(await where.openTraffic(way, place))
  const bystanders = []
  for (const way of doorWays) bystanders.push(await where.openStream(way, place, 'git'))
  await world.client.sandboxes.update(place.inside.sandbox.id, { network: { deny: [hosts.api] } })
  for (const { way, streamed, uploaded, endAtService } of traffic) {
    await assert.rejects(inTime(streamed, `${way.name}: stream`), { code: 'ECONNRESET' })
    const { status, code } = await inTime(uploaded, `${way.name}: upload`)
    assert.deepEqual([status, code], [403, 'destination_denied'], way.name)
    await inTime(endAtService, `${way.name}: connection of the service, or the upload’s`)
  }
  const dials = scene.dials
  for (const way of doorWays) {
    const { status, code, text } = await sendBy(way, place, askingOf(place, 'api', '/json'))
    assert.deepEqual([status, code], [403, 'destination_denied'], way.name)
    const { rule, remedy } = JSON.parse(text) as { rule: string; remedy: string }
    assert.deepEqual([rule, remedy.length > 0], [hosts.api, true], way.name)
  }
  assert.equal(scene.dials, dials)
  for (const finish of bystanders) await finish()
})

for (const { name, happen, everybody = false } of endsSandbox) {
  test(`AC-11.2, N2, S3: ${name} closes everything of it, by every way, and nothing of another`, async () => {
    const where = await scene.openPlace()
    await using world = where.world
    const place = await where.createPlace({ team: 'red' })
    const other = await where.createPlace({ team: 'blue' })
    const traffic = await openAll(where, place)
    const fresh = closeOf(await openFreshTunnel(place, 'api'))
    const tunnels = await where.openTunnels(place)
    const othersTunnels = await where.openTunnels(other)
    const bystanders = []
    for (const way of everybody ? [] : waysIn) bystanders.push(await where.openStream(way, other, 'api'))

    await happen(place, where)
    await assertClosed(traffic, [403, endOfAll])
    await inTime(fresh, 'a tunnel on which nothing was asked for yet')
    for (const { closed } of tunnels) await inTime(closed, 'an opaque tunnel')
    const dials = scene.dials
    for (const way of waysIn) {
      const asking = askingOf(place, 'api', '/json')
      // The gateway of a launched sandbox is gone, and nobody is there to say anything.
      if (!doorWays.includes(way)) await assert.rejects(sendBy(way, place, asking))
      else {
        const { status } = await sendBy(way, place, asking)
        assert.equal(status, { CONNECT: 407, SOCKS5: 0, 'absolute-form': 407 }[way.name] ?? 401, way.name)
      }
    }
    assert.equal(scene.dials, dials)

    for (const finish of bystanders) await finish()
    for (const { check, closed } of othersTunnels) await (everybody ? inTime(closed, 'a tunnel of another') : check())
    assert.ok((await world.events()).some(({ event }) => event.kind === 'sandbox.ended'))
  })
}

test('AC-11.2, N2, W8: locking the vault closes what carries a secret, by every way, and leaves opaque tunnels', async () => {
  const where = await scene.openPlace()
  await using world = where.world
  const place = await where.createPlace()
  const traffic = await openAll(where, place)
  const tunnels = await where.openTunnels(place)
  await world.client.vault.lock()
  await assertClosed(traffic, [503, ['secret_unavailable']])
  for (const { check } of tunnels) await check()
  const dials = scene.dials
  for (const way of waysIn) {
    const { status } = await sendBy(way, place, askingOf(place, 'api', '/json')).catch(() => ({ status: 0 }))
    assert.ok([0, 503].includes(status), way.name)
  }
  assert.equal(scene.dials, dials)
  await world.client.vault.unlock()
  for (const way of waysIn) assert.equal((await sendBy(way, place, askingOf(place, 'api', '/json'))).status, 200)
})

test('N2: a connection that another sandbox took over does not end with the one before', async () => {
  const where = await scene.openPlace()
  await using _ = where.world
  const [first, second] = [await where.createPlace(), await where.createPlace()]
  const { hostname, port } = new URL(first.proxyUrl)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const options = { host: hostname, port, agent }
  const send = ({ inside }: Place) => {
    const asking = askingOf({ proxyUrl: '', inside }, 'api', '')
    const field = ['Proxy-Authorization', proxyAuthorization(inside.sandbox)]
    return sendTo(options, asking, hosts.api, `https://${hosts.api}/json`, field)
  }
  assert.equal((await send(first)).status, 200)
  assert.equal((await send(second)).status, 200)
  const [socket] = Object.values(agent.freeSockets).flat()
  await first.inside.end()
  assert.equal((await send(second)).status, 200)
  assert.equal(socket!.destroyed, false)
  const closed = closeOf(socket!)
  await second.inside.end()
  await inTime(closed, 'the connection')
  agent.destroy()
})

test('AC-11.2: a connection on which nothing was said yet ends with its sandbox', async () => {
  const where = await scene.openPlace()
  await using _ = where.world
  const place = await where.createPlace()
  const identity = ['Proxy-Authorization', proxyAuthorization(place.inside.sandbox)]
  const { socket } = await openConnect(place.proxyUrl, `${hosts.api}:443`, identity)
  const closed = closeOf(socket)
  await place.inside.end()
  await inTime(closed, 'the connection')
})
