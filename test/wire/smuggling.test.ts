import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createServer as createTlsServer, type Server } from 'node:tls'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { type Inside, openWorld, type World } from './world.ts'

const api = 'api.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()
const { certificate: cert, key: tlsKey } = root.leaf(api)

/** Bytes of each connection that reached the service. */
const arrived: string[] = []
let reply = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
let service: Server
let world: World
let inside: Inside

before(async () => {
  service = createTlsServer({ cert, key: tlsKey }, (socket) => {
    const index = arrived.push('') - 1
    socket.on('error', () => {}).on('data', (chunk: Buffer) => {
      arrived[index] += chunk.toString('latin1')
    })
    setTimeout(() => socket.end(reply, 'latin1'), 300)
  })
  service.listen(0, '127.0.0.1')
  await once(service, 'listening')
  world = await openWorld()
  const { port } = service.address() as AddressInfo
  const at = { pin: { address: '127.0.0.1', port }, roots: root.certificate }
  await world.client.secrets.create({
    name: 'api',
    value: key.value,
    scopes: [{ to: api, inject: { kind: 'headers', headers: { Authorization: 'Bearer {{ value }}', 'X-Only': 'read' } }, ...at }],
  })
  inside = await world.createSandbox({ secrets: { API_KEY: 'api' } })
})

after(async () => {
  await world[Symbol.asyncDispose]()
  service.close()
  await once(service, 'close')
})

async function sendBytes(text: string): Promise<{ answer: string; upstream: readonly string[] }> {
  const before = arrived.length
  const answer = await inside.sendBytes(api, text)
  return { answer, upstream: arrived.slice(before) }
}
const auth = () => `Authorization: Bearer ${inside.placeholder('API_KEY')}\r\n`
const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: api.service.test\r\n\r\n'

for (const method of ['POST', 'GET']) {
  for (const framing of [`Content-Length: ${smuggled.length}\r\n`, 'Transfer-Encoding: chunked\r\n']) {
    test(`probe ${method} ${framing.trim()}`, async () => {
      const filler = 'a:b\r\n'.repeat(Number(process.env['N'] ?? 2100))
      const body = framing.startsWith('T') ? `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n` : smuggled
      const r = await sendBytes(`${method} /x HTTP/1.1\r\nHost: ${api}\r\nConnection: close\r\n${auth()}${filler}${framing}\r\n${body}`)
      console.log(r.answer.slice(-300), r.upstream.map((u) => u.replaceAll('a: b\r\n', '')))
      assert.ok(true)
    })
  }
}
test('probe connection', async () => {
  const r = await sendBytes(`GET /x HTTP/1.1\r\nHost: ${api}\r\nConnection: close, X-Only, Authorization\r\n${auth()}\r\n`)
  console.log(r)
})
test('probe te+cl response', async () => {
  reply = 'HTTP/1.1 200 OK\r\nContent-Length: 40\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'
  console.log(await sendBytes(`GET /x HTTP/1.1\r\nHost: ${api}\r\nConnection: close\r\n${auth()}\r\n`))
  reply = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n'
  console.log(await sendBytes(`GET /x HTTP/1.1\r\nHost: ${api}\r\nConnection: close\r\n${auth()}\r\n`))
  reply = 'HTTP/1.1 200 OK\r\n'+'a: b\r\n'.repeat(2100)+'Content-Length: 2\r\nSet-Cookie: a=b\r\n\r\nok'
  console.log((await sendBytes(`GET /x HTTP/1.1\r\nHost: ${api}\r\nConnection: close\r\n${auth()}\r\n`)).answer.replaceAll('a: b\r\n',''))
})
