import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { Scope } from '@coatcheck/contract'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { openRawScene, type PlaneName, planes, type RawScene, readAll } from './own-plane-scene.ts'
import { startRawOrigin } from './raw-origin.ts'
import { doorWays, sendBy } from './ways-in.ts'
import { type Inside, openWorld } from './world.ts'

const maskingHost = 'keys.service.test'
const strict = 'strict.service.test'
const loose = 'loose.service.test'
const unknown = 'unknown.service.test'

const value = `ghp_${'0Aa9'.repeat(9)}`
const fresh = `ghs_${'Zz81'.repeat(9)}`
const masked = `ghs_${'x'.repeat(36)}`

interface KeyScene {
  readonly scene: RawScene
  readonly inside: Inside
}

const scenes = new Map<PlaneName, KeyScene>()

before(async () => {
  for (const plane of planes) scenes.set(plane, await openKeyScene(plane))
})
after(async () => {
  for (const { scene } of scenes.values()) await scene[Symbol.asyncDispose]()
})

async function openKeyScene(plane: PlaneName): Promise<KeyScene> {
  const scene = await openRawScene(plane)
  const known = (await scene.world.client.secrets.get('one')).scopes[0]!
  const scope = (to: string, newKeys?: Scope['newKeys']): Scope => ({ ...known, to, ...(newKeys && { newKeys }) })
  const scopes = [scope(maskingHost), scope(strict, 'block'), scope(loose, 'pass')]
  await scene.world.client.secrets.create({ name: 'github', provider: 'github', value, scopes })
  await scene.world.client.secrets.create({ name: 'own', value: `own-${value}`, scopes: [scope(unknown)] })
  return { scene, inside: await scene.createSandbox({ secrets: { TOKEN: 'github', OWN: 'own' } }) }
}

/** What a client gets to see of an answer, part by part. */
async function ask({ scene, inside }: KeyScene, host: string, parts: readonly (string | Buffer)[], env = 'TOKEN') {
  scene.origin.answer = async ({ body, socket }) => {
    await body()
    for (const part of parts) {
      socket.write(part)
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.end()
  }
  const socket = await inside.connectTls(host)
  socket.on('error', () => {})
  const credential = `Authorization: Bearer ${inside.placeholder(env)}`
  socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n${credential}\r\nConnection: close\r\n\r\n`)
  const text = await readAll(socket)
  const end = text.indexOf('\r\n\r\n')
  return { head: text.slice(0, end), body: text.slice(end + 4), placeholder: inside.placeholder(env) }
}

async function lastOf({ scene }: KeyScene, kind: string, code?: string) {
  const rows = (await scene.world.events()).map(({ event }) => event)
  return rows.findLast((event) => event.kind === kind && (code === undefined || event.code === code))
}

const sized = (body: string | Buffer, ...fields: readonly string[]): string =>
  ['HTTP/1.1 200 OK', 'Content-Type: application/json', `Content-Length: ${body.length}`, ...fields, '', ''].join(
    '\r\n',
  )

for (const plane of planes) {
  const open = (): KeyScene => scenes.get(plane)!

  test(`SEC-09, ${plane}: a new key in fields and body becomes worthless, and a person hears of it`, async () => {
    const body = JSON.stringify({ token: fresh, old: value })
    const got = await ask(open(), maskingHost, [sized(body, `X-New: ${fresh}`), body])
    assert.deepEqual(JSON.parse(unchunked(got)), { token: masked, old: got.placeholder })
    assert.match(got.head, new RegExp(`X-New: ${masked}`, 'i'))
    const outcome = await lastOf(open(), 'exchange.completed')
    assert.deepEqual([outcome?.newKeys, outcome?.scrubbed], [2, 1])
    const alarm = await lastOf(open(), 'alarm.raised', 'new_key_returned')
    assert.deepEqual([alarm?.id, alarm?.note], [outcome?.id, 'replaced: 2'])
    assert.ok(!JSON.stringify([outcome, alarm]).includes(fresh.slice(4)))
  })

  test(`SEC-09, ${plane}: it does not matter where the service cuts the response`, async () => {
    const type = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n'
    const parts = [...`data: {"token":"${fresh}"}\n\n`].map((part) => part)
    const got = await ask(open(), maskingHost, [type, ...parts])
    assert.ok(got.body.includes(masked) && !got.body.includes(fresh), got.body)
  })

  test(`SEC-09, ${plane}: a short compressed body is written anew, a long one is broken off`, async () => {
    const short = gzipSync(JSON.stringify({ token: fresh }))
    const got = await ask(open(), maskingHost, [sized(short, 'Content-Encoding: gzip'), short])
    assert.equal(JSON.parse(gunzipSync(Buffer.from(unchunked(got), 'latin1')).toString()).token, masked)
    const noise = Array.from({ length: 60_000 }, (_, index) => `${index * 7919} ${index * 104_729}`).join('\n')
    const long = gzipSync(`${noise} ${fresh} ${noise}`)
    const broken = await ask(open(), maskingHost, [sized(long, 'Content-Encoding: gzip'), long])
    assert.ok(broken.body.length < long.length)
    assert.equal((await lastOf(open(), 'exchange.completed'))?.code, 'new_key_returned')
  })

  test(`SEC-09, ${plane}: where the scope says block, the response is refused; where it says pass, nothing is done`, async () => {
    const body = JSON.stringify({ token: fresh })
    const blocked = await ask(open(), strict, [sized(body), body])
    assert.match(blocked.head, /^HTTP\/1\.1 502 /)
    assert.ok(blocked.body.includes('new_key_returned') && !blocked.body.includes(fresh))
    assert.equal((await lastOf(open(), 'alarm.raised'))?.code, 'new_key_returned')
    const passed = await ask(open(), loose, [sized(body), body])
    assert.equal(passed.body, body)
    assert.equal((await lastOf(open(), 'exchange.completed'))?.newKeys, undefined)
  })

  test(`SEC-09, ${plane}: the secret of no known service has no form to look for`, async () => {
    const body = JSON.stringify({ token: fresh })
    assert.equal((await ask(open(), unknown, [sized(body), body], 'OWN')).body, body)
  })
}

test('SEC-09: workers look for new keys, too', {
  skip: process.platform !== 'linux' && 'workers need Linux',
}, async () => {
  const answer = JSON.stringify({ token: fresh })
  const root = createTlsRoot()
  const origin = await startRawOrigin(root, ({ socket }) => socket.write(sized(answer) + answer))
  await using world = await openWorld({ settings: { proxy: { listen: { host: '127.0.0.1', port: 0 } }, workers: 2 } })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope: Scope = { to: maskingHost, inject: { kind: 'bearer' }, pin, roots: root.certificate }
  await world.client.secrets.create({ name: 'github', provider: 'github', value, scopes: [scope] })
  const sandbox = await world.client.sandboxes.create({ secrets: { TOKEN: 'github' }, from: ['127.0.0.1'] })
  const placeholder = sandbox.connect.env['TOKEN']!
  const place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } as Inside }
  const headers = [['Authorization', `Bearer ${placeholder}`]] as const
  for (const way of doorWays.filter(({ name }) => name === 'absolute-form')) {
    const { text } = await sendBy(way, place, { host: maskingHost, secret: 'github', target: '/', headers })
    assert.deepEqual(JSON.parse(text), { token: masked })
  }
  await origin[Symbol.asyncDispose]()
})

/** The body without its chunks, where it has some. */
function unchunked({ head, body }: { readonly head: string; readonly body: string }): string {
  if (!/transfer-encoding: chunked/i.test(head)) return body
  let text = ''
  for (let rest = body; ; ) {
    const end = rest.indexOf('\r\n')
    const length = Number.parseInt(rest.slice(0, end), 16)
    if (!(length > 0)) return text
    text += rest.slice(end + 2, end + 2 + length)
    rest = rest.slice(end + 4 + length)
  }
}
