import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createSecureServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { createTlsRoot } from '../../../test/fixtures/tls-root.ts'
import { smallBody } from '../wire/contents.ts'
import type { Route } from './route.ts'
import { StreamLoad } from './stream-load.ts'

const host = 'api.load.test'
const undo = new AsyncDisposableStack()
let answer: (stream: ServerHttp2Stream, count: number) => void
let [arrived, connections] = [0, 0]
let route: Route

before(async () => {
  const root = createTlsRoot()
  const { certificate: cert, key } = root.leaf(host)
  const server = createSecureServer({ cert, key })
  server.on('sessionError', () => {})
  server.on('session', (session) => {
    connections += 1
    undo.defer(() => session.destroy())
  })
  server.on('stream', (stream: ServerHttp2Stream, fields) => {
    arrived += 1
    stream.on('error', () => {})
    assert.deepEqual([fields[':path'], fields[':authority'], fields['authorization']], ['/small', host, 'Bearer word'])
    assert.equal(fields['x-request-source'], 'bench')
    answer(stream, arrived)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  undo.defer(() => void server.close())
  const target = { host, hostField: host, port: (server.address() as AddressInfo).port, authority: '' }
  route = { targets: { api: target, stream: target, many: target }, ca: root.certificate, credential: 'word' }
})
after(() => undo.disposeAsync())

const right = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200 })
  stream.write(smallBody.slice(0, 100))
  stream.end(smallBody.slice(100))
}

test('right answers are counted, and so many connections are opened', async () => {
  answer = right
  ;[arrived, connections] = [0, 0]
  const load = new StreamLoad({ kind: 'streams', route, connections: 3, streams: 5 })
  await load.prepare()
  const { completed, errors, bytes } = await load.run({ count: 200 })
  load.close()
  assert.deepEqual([completed, errors, bytes, arrived, connections], [200, 0, 200 * smallBody.length, 215, 3])
})

for (const [what, spoil, reason] of [
  ['another body', (stream) => stream.end(smallBody.replace('a', 'b')), /body of an answer is wrong/],
  ['too short a body', (stream) => stream.end(smallBody.slice(1, 0)), /has 0 bytes/],
  ['a reset', (stream) => stream.close(2), /was reset with 2/],
  ['the end of the connection', (stream) => stream.session?.destroy(), /given up|closed/],
] as const satisfies readonly (readonly [string, (stream: ServerHttp2Stream) => void, RegExp])[]) {
  test(`${what} is an error, and the load ends with it`, async () => {
    answer = right
    const load = new StreamLoad({ kind: 'streams', route, connections: 1, streams: 2 })
    await load.prepare()
    const sound = arrived + 10
    answer = (stream, count) => {
      if (count <= sound) return right(stream)
      stream.respond({ ':status': 200 })
      spoil(stream)
    }
    const { errors, firstError } = await load.run({ count: 1_000 })
    load.close()
    assert.ok(errors > 0)
    assert.match(firstError ?? '', reason)
  })
}
