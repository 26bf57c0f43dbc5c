import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Inside, openWorld, type Sending, type World } from './world.ts'

const trade = 'trade.service.test'
const hooks = 'hooks.service.test'
const root = createTlsRoot()
const keys = { one: 'the-real-key-of-the-first-account', two: 'the-real-key-of-the-second-account' }

let origin: VerifyingServer
let world: World
let inside: Inside

/** As an exchange documents it: time, method, target and body, in base64. */
function tradeSignature(key: string, time: string, { method = 'GET', target = '/', body = '' }: Omit<Sending, 'host'>) {
  return createHmac('sha512', key).update(`${time}${method}${target}`).update(body).digest('base64')
}

/** As a receiver of hooks documents it: the body alone, in hexadecimal digits behind a prefix. */
function hookSignature(key: string, body: string): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`
}

before(async () => {
  origin = await startVerifyingServer({
    root,
    hosts: { [trade]: 'public', [hooks]: 'public' },
    async answer(request, response, host) {
      const body = await buffer(request)
      const { 'x-sign': sign, 'x-time': time, 'x-hub-signature': hub } = request.headers
      const sending = { method: request.method!, target: request.url!, body }
      const who = Object.entries(keys).find(([, key]) =>
        host === hooks ? hub === hookSignature(key, String(body)) : sign === tradeSignature(key, String(time), sending),
      )
      response.writeHead(who === undefined ? 401 : 200).end(who?.[0])
    },
  })
  world = await openWorld()
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const message = '{{ header.X-Time }}{{ method }}{{ target }}{{ body }}'
  const inject = { kind: 'hmac', header: 'X-Sign', hash: 'sha512', encoding: 'base64', time: 'X-Time', message }
  const hook = { kind: 'hmac', header: 'X-Hub-Signature', prefix: 'sha256=', message: '{{ body }}' }
  const scopes: Scope[] = [
    { to: trade, inject, ...reach },
    { to: hooks, inject: hook, ...reach },
  ]
  for (const [name, value] of Object.entries(keys)) await world.client.secrets.create({ name, value, scopes })
  inside = await world.createSandbox({ secrets: { ONE: 'one', TWO: 'two' } })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

function signed(env: string, plain: Omit<Sending, 'host'>, at = Date.now(), key = inside.placeholder(env)): Sending {
  const time = String(Math.floor(at / 1000))
  const headers = [
    ['X-Time', time],
    ['X-Sign', tradeSignature(key, time, plain)],
  ] as const
  return { host: trade, ...plain, headers }
}

const order = { method: 'POST', target: '/orders?dry=1&x=a%20b', body: '{"amount":"1.5"}' }

for (const [env, who] of [
  ['ONE', 'one'],
  ['TWO', 'two'],
] as const) {
  test(`AC-4.6, W4: the signature says whose it is, over time, method, target and body: ${who}`, async () => {
    const { status, text } = await inside.send(signed(env, order))
    assert.deepEqual([status, text], [200, who])
  })

  test(`W4: a signature behind a prefix, over the body alone: ${who}`, async () => {
    const body = 'ünd so weiter'
    const headers = [['X-Hub-Signature', hookSignature(inside.placeholder(env), body)]] as const
    const { status, text } = await inside.send({ host: hooks, method: 'POST', headers, body })
    assert.deepEqual([status, text], [200, who])
  })
}

test('a request without a signature goes out as it is', async () => {
  assert.equal((await inside.send({ host: trade, ...order })).status, 401)
})

const denials: readonly (readonly [string, string, () => Sending])[] = [
  ['with another key', 'signature_invalid', () => signed('ONE', order, Date.now(), 'another-key')],
  ['with the real key', 'signature_invalid', () => signed('ONE', order, Date.now(), keys.one)],
  ['and its body changed', 'signature_invalid', () => ({ ...signed('ONE', order), body: '{"amount":"9.5"}' })],
  ['and its query changed', 'signature_invalid', () => ({ ...signed('ONE', order), target: '/orders' })],
  ['and its method changed', 'signature_invalid', () => ({ ...signed('ONE', order), method: 'PUT' })],
  ['an hour ago', 'signature_expired', () => signed('ONE', order, Date.now() - 3_600_000)],
  [
    'and its placeholder sent, too',
    'placeholder_undeclared_place',
    () => withMore(['X-Note', inside.placeholder('ONE')]),
  ],
  ['over a long body', 'signature_unsupported', () => signed('ONE', { ...order, body: 'x'.repeat(300_000) })],
]
for (const [how, code, sending] of denials) {
  test(`SEC-12: a request that is signed ${how} is refused as ${code}, and nothing is dialled`, async () => {
    const { dials } = origin
    const received = await inside.send(sending())
    assert.deepEqual([received.status, received.code], [403, code])
    assert.equal(origin.dials, dials)
  })
}

test('SEC-12: a signature with the placeholder of another sandbox is refused, and an alarm', async () => {
  const other = await world.createSandbox({ secrets: { ONE: 'one' } })
  const received = await other.send(signed('ONE', order))
  assert.equal(received.code, 'signature_invalid')
  assert.equal((await world.events()).at(-1)?.event.kind, 'alarm.raised')
  await other.end()
})

function withMore(field: readonly [string, string]): Sending {
  const sending = signed('ONE', order)
  return { ...sending, headers: [...sending.headers!, field] }
}
