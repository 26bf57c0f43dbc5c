import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import type { Scope } from '@coatcheck/contract'
import { findCanary, findCanaryInFolder, makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { skipWithout } from '../fixtures/requirements.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Inside, openWorld, type Received, type Sending, type World } from '../wire/world.ts'

const skip = skipWithout('openssl')
const hosts = {
  headers: 'headers.service.test',
  query: 'query.service.test',
  path: 'path.service.test',
  cookie: 'cookie.service.test',
  placeholder: 'placeholder.service.test',
  passing: 'passing.service.test',
  always: 'always.service.test',
} as const
type Name = keyof typeof hosts
const injectors: Readonly<Record<Name, Omit<Scope, 'to'>>> = {
  headers: { inject: { kind: 'headers', headers: { 'DD-API-KEY': '{{ value }}', 'X-Version': '2' } } },
  query: { inject: { kind: 'query', name: 'key' } },
  path: { inject: { kind: 'path', template: '/bot{{ value }}/**' } },
  cookie: { inject: { kind: 'cookie', name: 'session' } },
  placeholder: { inject: { kind: 'placeholder', in: ['header:x-auth', 'basic'] } },
  passing: { inject: { kind: 'bearer' }, foreign: 'pass' },
  always: { inject: { kind: 'bearer' }, attach: 'always', foreign: 'replace' },
}
const names = Object.keys(hosts) as Name[]
const keys = Object.fromEntries(names.map((name) => [name, makeCanary('sk-')])) as Record<
  Name,
  ReturnType<typeof makeCanary>
>

/** Bodies that the service got at `/first`. */
const bodies: Buffer[] = []
let origin: VerifyingServer
let world: World
let inside: Inside

before(async () => {
  if (skip !== false) return
  const root = createTlsRoot()
  origin = await startOrigin({
    root,
    hosts: Object.fromEntries(names.map((name) => [hosts[name], 'public'])),
    routes: [
      {
        method: 'POST',
        path: /^\/first$/,
        async answer({ request, response }) {
          const chunks: Buffer[] = []
          for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
          bodies.push(Buffer.concat(chunks))
          response.end()
        },
      },
    ],
  })
  world = await openWorld()
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  for (const name of names) {
    const scopes = [{ to: hosts[name], ...injectors[name], ...reach }]
    await world.client.secrets.create({ name, value: keys[name].value, scopes })
  }
  inside = await world.createSandbox({ secrets: Object.fromEntries(names.map((name) => [name.toUpperCase(), name])) })
})

after(async () => {
  await world?.[Symbol.asyncDispose]()
  await origin?.close()
})

/** Sends, and says what reached the service. */
async function send(name: Name, sending: Omit<Sending, 'host'>): Promise<Received & { readonly arrived: string[] }> {
  const first = origin.requests.length
  const received = await inside.send({ host: hosts[name], ...sending })
  const arrived = origin.requests.slice(first).map(({ target, rawHeaders }) => [target, ...rawHeaders].join('\n'))
  return { ...received, arrived }
}

const sendings: readonly (readonly [Name, (text: string) => Omit<Sending, 'host'>, string])[] = [
  ['headers', (text) => ({ headers: [['dd-api-key', text]] }), 'dd-api-key\n%'],
  ['headers', (text) => ({ headers: [['dd-api-key', text]] }), 'X-Version\n2'],
  ['query', (text) => ({ target: `/v1?a=1&key=${text}` }), '/v1?a=1&key=%\n'],
  ['path', (text) => ({ target: `/bot${text}/getMe?x=1` }), '/bot%/getMe?x=1\n'],
  ['cookie', (text) => ({ headers: [['Cookie', `session=${text}`]] }), 'Cookie\nsession=%'],
  ['placeholder', (text) => ({ headers: [['X-Auth', `v=1; key=${text}`]] }), 'X-Auth\nv=1; key=%'],
  ['always', () => ({}), 'Authorization\nBearer %'],
  ['always', () => ({ headers: [['X-Api-Key', 'somebody-elses-key-0123456789']] }), 'Authorization\nBearer %'],
]
for (const [name, make, expected] of sendings) {
  test(`W4: ${name} reaches the service, and is the value there (${JSON.stringify(expected)})`, { skip }, async () => {
    const text = inside.placeholder(name.toUpperCase())
    const { arrived, status } = await send(name, make(text))
    assert.equal(arrived.length, 1, String(status))
    const [request = ''] = arrived
    assert.ok(request.includes(expected.replace('%', keys[name].value)), request.replaceAll(/sk-\w+/g, '…'))
    assert.ok(!request.includes(text) && !request.includes('somebody-elses'))
  })
}

test('W4: inside a pair, `placeholder` writes the value into the pair', { skip }, async () => {
  const pair = Buffer.from(`me:x-${inside.placeholder('PLACEHOLDER')}`).toString('base64')
  const { arrived } = await send('placeholder', { headers: [['Authorization', `Basic ${pair}`]] })
  const [, sent = ''] = /Basic (\S+)/.exec(arrived[0] ?? '') ?? []
  assert.equal(Buffer.from(sent, 'base64').toString(), `me:x-${keys.placeholder.value}`)
})

test('SEC-11: what passes, and what was replaced, is in the journal', { skip }, async () => {
  const foreign = 'somebody-elses-key-0123456789'
  const passed = await send('passing', { headers: [['Authorization', `Bearer ${foreign}`]] })
  assert.ok(passed.arrived[0]?.includes(foreign))
  const events = (await world.events()).map(({ event }) => event)
  const notes = events.filter(({ note }) => note?.startsWith('foreign credential'))
  assert.ok(
    notes.some(
      ({ host, note }) => host === hosts.passing && note === 'foreign credential passed: header authorization',
    ),
  )
  assert.ok(
    notes.some(({ host, note }) => host === hosts.always && note === 'foreign credential replaced: header x-api-key'),
  )
  assert.ok(!JSON.stringify(events).includes(foreign))
})

test('SEC-11: a foreign credential is refused and reported at each of the other hosts', { skip }, async () => {
  for (const name of ['headers', 'query', 'path', 'cookie', 'placeholder'] as const) {
    const { code, arrived } = await send(name, { headers: [['Authorization', 'Bearer somebody-elses-key-0123456789']] })
    assert.equal(code, 'foreign_credential', name)
    assert.deepEqual(arrived, [])
  }
  const events = (await world.events()).map(({ event }) => event)
  const alarms = events.filter(({ kind, code }) => kind === 'alarm.raised' && code === 'foreign_credential')
  assert.ok(alarms.length >= 5)
})

test('R-64: two requests in one stream stay two, wherever the stream is cut, and no byte of a body changes', {
  skip,
}, async () => {
  const body = Buffer.from([0, 0xff, 0xfe, 0x0d, 0x0a, 0x0d, 0x0a, 0xc3, 0x28, 0x80, 0x47, 0x45, 0x54, 0x20, 0x2f])
  const own = `Host: ${hosts.always}\r\n`
  const stream = Buffer.concat([
    Buffer.from(`POST /first HTTP/1.1\r\n${own}Content-Length: ${body.length}\r\n\r\n`),
    body,
    Buffer.from(`GET /second HTTP/1.1\r\n${own}Connection: close\r\n\r\n`),
  ])
  for (let cut = 1; cut < stream.length; cut += 1) {
    const first = origin.requests.length
    const socket = await inside.connectTls(hosts.always)
    const closed = once(socket, 'close')
    socket.resume().setNoDelay()
    socket.write(stream.subarray(0, cut), () => socket.write(stream.subarray(cut)))
    await closed
    const arrived = origin.requests.slice(first)
    const seen = arrived.map(({ method, target }) => `${method} ${target}`)
    assert.deepEqual(seen.toSorted(), ['GET /second', 'POST /first'], `cut at ${cut}`)
    assert.deepEqual(bodies.splice(0), [body])
    for (const { rawHeaders } of arrived) assert.ok(rawHeaders.includes(`Bearer ${keys.always.value}`))
  }
})

test('nothing that the broker wrote or answered holds a value', { skip }, async () => {
  const events = JSON.stringify(await world.events())
  for (const name of names) {
    assert.deepEqual(findCanaryInFolder(world.home, keys[name]), [])
    assert.deepEqual(findCanary(events, keys[name]), [])
    assert.ok(!events.includes(inside.placeholder(name.toUpperCase())), 'paths are masked')
  }
})
