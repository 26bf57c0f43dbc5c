import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants } from 'node:http2'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { openHttp2, receiveStream } from './http2-client.ts'
import { code, frame, frameType } from './http2-frames.ts'
import { answerWithBody, type OriginStream } from './http2-origin.ts'
import { grpc, type Http2Scene, openHttp2Scene, raw } from './http2-scene.ts'
import { poll } from './poll.ts'

let scene: Http2Scene

before(async () => {
  scene = await openHttp2Scene()
})

after(() => scene[Symbol.asyncDispose]())

test('SEC-16: requests of one lane share a connection; another sandbox, and another version of the secret, have their own', async () => {
  const connectionsOf = async (inside = scene.inside): Promise<ReadonlySet<number>> => {
    const known = scene.origin.streams.length
    using connection = await openHttp2(inside, grpc)
    const authorization = `Bearer ${inside.placeholder('API_KEY')}`
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`)
    const received = await Promise.all(paths.map((path) => connection.send({ ':path': path, authorization })))
    assert.ok(received.every(({ status }) => status === 200))
    return new Set(scene.origin.streams.slice(known).map(({ connection: number }) => number))
  }
  // What was decided when the sandbox was made may close idle connections once more.
  const first = await poll(async () => {
    const [once, again] = [await connectionsOf(), await connectionsOf()]
    return once.size === 1 && once.symmetricDifference(again).size === 0 ? once : undefined
  })

  const neighbour = await scene.world.createSandbox({ secrets: { API_KEY: 'api' } })
  const second = await connectionsOf(neighbour)
  assert.equal(second.isDisjointFrom(first), true)

  await scene.world.client.secrets.rotate('api', `${scene.key}-rotated`)
  const third = await connectionsOf()
  assert.equal(third.isDisjointFrom(first.union(second)), true)
  await scene.world.client.secrets.rotate('api', scene.key)
})

test('a secret that was put on a request stands in no table', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  await connection.send({ ':path': '/a', 'x-plain': 'b', ...scene.bearer })
  const { sensitive } = scene.origin.streams.at(-1)!
  assert.ok(sensitive.includes('authorization'))
  assert.ok(sensitive.includes(':path'))
  assert.ok(sensitive.includes('x-plain'))
})

test('no more streams are opened on a connection than its service takes', async () => {
  await using own = await openHttp2Scene({ maxConcurrentStreams: 2 })
  const waiting: OriginStream[] = []
  own.origin.answer = answerWithBody
  using connection = await openHttp2(own.inside, grpc)
  await connection.send({ ':path': '/first', ...own.bearer })
  own.origin.answer = (arrived) => waiting.push(arrived)
  const sent = Array.from({ length: 5 }, (_, index) => connection.send({ ':path': `/${index}`, ...own.bearer }))
  await poll(() => (waiting.length === 5 ? true : undefined))
  const perConnection = new Map<number, number>()
  for (const { connection: number } of waiting) perConnection.set(number, (perConnection.get(number) ?? 0) + 1)
  assert.ok(
    [...perConnection.values()].every((count) => count <= 2),
    JSON.stringify([...perConnection]),
  )
  for (const arrived of waiting) answerWithBody(arrived)
  await Promise.all(sent)
})

for (const [what, answerFirst] of [
  [
    'a stream that the service refused',
    (stream: number) => [frame(frameType.reset, 0, stream, code(constants.NGHTTP2_REFUSED_STREAM))],
  ],
  [
    'a stream that the service did not see before it went away',
    () => [frame(frameType.goaway, 0, 0, Buffer.concat([code(0), code(0)]))],
  ],
  [
    'a stream that the service did not see before it went away with an error',
    () => [frame(frameType.goaway, 0, 0, Buffer.concat([code(0), code(constants.NGHTTP2_INTERNAL_ERROR)]))],
  ],
] as const) {
  test(`${what} is sent again, even a POST, and once`, async () => {
    await using own = await openHttp2Scene()
    using connection = await openHttp2(own.inside, raw)
    const answer = own.rawOrigin.answer
    let heads = 0
    own.rawOrigin.answer = (socket, stream, count) => {
      heads += 1
      if (count === 0) socket.write(Buffer.concat(answerFirst(stream)))
      else answer(socket, stream, count)
    }
    const fields = { ':method': 'POST', 'content-length': '4', ...own.bearer }
    const { status } = await connection.send(fields, 'body')
    assert.deepEqual([status, heads], [200, 2])
    own.rawOrigin.answer = (socket, stream) => {
      heads += 1
      socket.write(Buffer.concat(answerFirst(stream)))
    }
    const { code: failure } = await connection.send(fields, 'body')
    assert.deepEqual([failure, heads], ['upstream_unreachable', 4])
    const ends = (await own.records()).filter(({ kind }) => kind === 'exchange.completed')
    assert.equal(ends.length, 2)
  })
}

test('a POST that the service may have seen is not sent again', async () => {
  await using own = await openHttp2Scene()
  using connection = await openHttp2(own.inside, raw)
  let heads = 0
  const answer = own.rawOrigin.answer
  await connection.send(own.bearer)
  own.rawOrigin.answer = (socket) => {
    heads += 1
    socket.destroy()
  }
  const { code: failure } = await connection.send({ ':method': 'POST', 'content-length': '4', ...own.bearer }, 'body')
  assert.deepEqual([failure, heads], ['upstream_unreachable', 1])
  own.rawOrigin.answer = answer
})

test('streams that are under way when the service goes away come to their end', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  const arrived = Promise.withResolvers<OriginStream>()
  scene.origin.answer = (stream) => arrived.resolve(stream)
  const received = connection.send({ ':path': '/long', ...scene.bearer })
  const { stream, connection: number } = await arrived.promise
  stream.respond({ ':status': 200 })
  stream.write('begun, ')
  stream.session?.close()
  scene.origin.answer = answerWithBody
  await delay(50)
  await connection.send({ ':path': '/next', ...scene.bearer })
  assert.notEqual(scene.origin.streams.at(-1)!.connection, number)
  stream.end('done')
  assert.equal((await received).text, 'begun, done')
})

for (const [what, end] of [
  ['the grant', (own: Http2Scene) => own.world.client.sandboxes.detach(own.inside.sandbox.id, 'API_KEY')],
  ['the secret', (own: Http2Scene) => own.world.client.secrets.delete('api')],
] as const) {
  test(`N2: the end of ${what} ends its streams, those that began and those that did not, and no other one`, async () => {
    await using own = await openHttp2Scene()
    using connection = await openHttp2(own.inside, grpc)
    using others = await openHttp2(own.inside, 'other.service.test')
    const waiting: OriginStream[] = []
    own.origin.answer = (arrived) => waiting.push(arrived)
    own.otherOrigin.answer = (arrived) => waiting.push(arrived)
    const begun = connection.begin({ ':path': '/begun', ...own.bearer })
    const silent = connection.begin({ ':path': '/silent', ...own.bearer })
    const untouched = others.send({ ':path': '/untouched', ...own.otherBearer })
    await poll(() => (waiting.length === 3 ? true : undefined))
    const named = (path: string): OriginStream => waiting.find(({ value }) => value(':path') === path)!
    named('/begun').stream.respond({ ':status': 200 })
    named('/begun').stream.write('part ')
    await once(begun, 'data')

    const ends = Promise.all(['/begun', '/silent'].map((path) => once(named(path).stream, 'close')))
    const broken = assert.rejects(receiveStream(begun), /NGHTTP2_INTERNAL_ERROR/)
    const refused = receiveStream(silent)
    await end(own)
    await ends
    await broken
    assert.match(String((await refused).code), /^grant_ended$/)
    named('/untouched').stream.respond({ ':status': 200 })
    named('/untouched').stream.end('whole')
    assert.equal((await untouched).text, 'whole')
    const again = await connection.send({ ':path': '/again', ...own.bearer }).catch(() => undefined)
    assert.notEqual(again?.status, 200)
    const ended = (await own.records())
      .filter(({ path }) => path === '/begun' || path === '/silent')
      .map(({ path, code, status, bytesSent, bytesReceived }) => [path, code, status, bytesSent, bytesReceived])
      .toSorted()
    assert.deepEqual(ended, [
      ['/begun', 'grant_ended', 200, 0, 'part '.length],
      ['/silent', 'grant_ended', undefined, 0, 0],
    ])
  })
}

test('R-58: a rule that is tightened holds for the next stream of an open connection', async () => {
  await using own = await openHttp2Scene()
  using connection = await openHttp2(own.inside, grpc)
  own.origin.answer = answerWithBody
  assert.equal((await connection.send(own.bearer)).status, 200)
  await own.world.client.sandboxes.update(own.inside.sandbox.id, { network: { deny: [grpc] } })
  assert.equal((await connection.send(own.bearer)).code, 'destination_denied')
})

test('the end of a sandbox ends its connections', async () => {
  await using own = await openHttp2Scene()
  using connection = await openHttp2(own.inside, grpc)
  await connection.send(own.bearer)
  const open = own.origin.sessions.filter(({ destroyed }) => !destroyed)
  assert.ok(open.length > 0)
  const atService = open.map((session) => once(session, 'close'))
  const atClient = once(connection.session, 'close')
  await own.inside.end()
  await Promise.all([...atService, atClient])
})

test('a host that is refused is refused over HTTP/2 too, and its connection ends', async () => {
  await using own = await openHttp2Scene()
  const host = 'other.service.test'
  const address = await own.inside.addressOf(host)
  await own.world.client.sandboxes.update(own.inside.sandbox.id, { network: { deny: [host] } })
  using connection = await openHttp2(own.inside, host, {}, address)
  const ended = once(connection.session, 'close')
  assert.equal((await connection.send(own.otherBearer)).code, 'destination_denied')
  await ended
  assert.equal(own.otherOrigin.streams.length, 0)
})

test('the agent door and base URLs inside the sandbox are served over HTTP/2', async () => {
  using connection = await openHttp2(scene.inside, 'coatcheck.internal')
  const self = await connection.send({ ':path': '/self' })
  assert.equal(self.status, 200, self.text)
  const fields = { ':path': '/proxy/other/json', ...scene.otherBearer }
  assert.equal((await connection.send(fields)).status, 200)
  const elsewhere = await connection.send({ ':path': '/self', ':authority': 'evil.example' })
  assert.equal(elsewhere.code, 'destination_mismatch')
})
