import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createServer as createTlsServer, type Server } from 'node:tls'
import type { Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type Inside, openWorld, testedPlane, type World } from './world.ts'

const api = 'api.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()
const fixed = { 'X-Key': '{{ value }}', 'X-Access': 'read-only' }

/** What one connection brought to the service, byte by byte. */
const arrived: string[] = []
let service: Server
let world: World
let inside: Inside

before(async () => {
  const { certificate: cert, key: tlsKey } = root.leaf(api)
  service = createTlsServer({ cert, key: tlsKey }, (socket) => {
    const index = arrived.push('') - 1
    socket
      .on('error', () => {})
      .on('data', (chunk: Buffer) => {
        arrived[index] += chunk.toString('latin1')
        if (arrived[index]?.includes('END')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      })
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  world = await openWorld()
  const { port } = service.address() as AddressInfo
  const at = { pin: { address: '127.0.0.1', port }, roots: root.certificate }
  const scopes: Scope[] = [
    { to: api, inject: { kind: 'headers', headers: fixed }, ...at },
    { to: `${api}/always`, inject: { kind: 'bearer' }, attach: 'always', ...at },
  ]
  await world.client.secrets.create({ name: 'api', value: key.value, scopes })
  inside = await world.createSandbox({ secrets: { API_KEY: 'api' } })
})

after(async () => {
  await world[Symbol.asyncDispose]()
  service.close()
  await once(service, 'close')
})

interface Told {
  readonly status: number
  /** What arrived on each connection that the service saw. */
  readonly connections: readonly string[]
}

/** Sends one request as it is written here, and says what became of it. */
async function tell(line: string, fields: readonly string[], body: string): Promise<Told> {
  const known = arrived.length
  const head = [line, `Host: ${api}`, 'Connection: close', ...fields]
  const answer = await inside.sendBytes(api, [...head, '', body].join('\r\n'))
  return { status: Number(answer.slice(9, 12)), connections: arrived.slice(known) }
}

const placeholder = (): string => `X-Key: ${inside.placeholder('API_KEY')}`
const upload = (path: string, ...fields: readonly string[]): Promise<Told> =>
  tell(`POST ${path} HTTP/1.1`, ['Content-Length: 3', ...fields], 'END')

for (const nominated of ['X-Access', 'x-access, X-KEY', 'X-Access\r\nConnection: Authorization']) {
  test(`what a client names in Connection takes off no field that the broker writes: ${JSON.stringify(nominated)}`, async () => {
    const { status, connections } = await upload('/', placeholder(), `Connection: ${nominated}`)
    // The placeholder's own field may be dropped with what the client sent: then nothing goes out.
    if (nominated.includes('KEY')) {
      assert.deepEqual([status, connections.join('')], [403, ''])
      return
    }
    assert.equal(status, 200)
    assert.match(connections[0] ?? '', /\r\nX-Access: read-only\r\n/)
    assert.ok(connections[0]?.includes(key.value))
  })
}

test('AC-4.6: a secret that is attached always is not taken off by Connection', async () => {
  const { status, connections } = await upload('/always', 'Connection: Authorization')
  assert.equal(status, 200)
  assert.ok(connections[0]?.includes(`\r\nAuthorization: Bearer ${key.value}\r\n`))
})

test('what a client wants dropped is dropped beside a secret, too', async () => {
  const { connections } = await upload('/', placeholder(), 'X-Hop: 1', 'Connection: X-Hop')
  assert.doesNotMatch(connections[0] ?? '', /X-Hop/i)
})

const smuggled = 'GET /END HTTP/1.1\r\nHost: api.service.test\r\n\r\n'
const framings = {
  'Content-Length: 45': smuggled,
  'Transfer-Encoding: chunked': `2d\r\n${smuggled}\r\n0\r\n\r\n`,
}

for (const [framing, body] of Object.entries(framings)) {
  test(`R-01: behind any number of fields, ${framing} still frames the body, or the request is refused`, async () => {
    const filler = Array<string>(testedPlane === 'reference' ? 2_500 : 180).fill('a:')
    const { status, connections } = await tell('GET / HTTP/1.1', [placeholder(), ...filler, framing], body)
    assert.equal(status, 200)
    assert.equal(connections.length, 1)
    const [head = ''] = connections[0]!.split('\r\n\r\n')
    assert.ok(head.includes(`\r\n${framing}`), head.slice(-200))
    if (testedPlane === 'reference') return
    const far = await tell('GET / HTTP/1.1', [placeholder(), ...filler, ...filler, framing], body)
    assert.deepEqual([far.status, far.connections], [400, []])
  })
}
