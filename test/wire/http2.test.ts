import assert from 'node:assert/strict'
import { once } from 'node:events'
import { constants } from 'node:http2'
import { after, before, test } from 'node:test'
import { openHttp2, receiveStream } from './http2-client.ts'
import { block, code, flag, frame, frameType } from './http2-frames.ts'
import type { OriginStream } from './http2-origin.ts'
import { api, grpc, type Http2Scene, openHttp2Scene, other, raw } from './http2-scene.ts'
import { plateau, poll } from './poll.ts'

let scene: Http2Scene

before(async () => {
  scene = await openHttp2Scene()
})

after(() => scene[Symbol.asyncDispose]())

test('AC-13.1: a client reaches a service over HTTP/2 on both sides, and the placeholder is swapped', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  assert.equal(connection.socket.alpnProtocol, 'h2')
  const { status, text } = await connection.send({ ':method': 'POST', ':path': '/echo', ...scene.bearer }, 'hello')
  assert.deepEqual([status, text], [200, 'hello'])
  const arrived = scene.origin.streams.at(-1)!
  assert.equal(arrived.value('authorization'), `Bearer ${scene.key}`)
  assert.equal(arrived.value(':authority'), grpc)
})

test('AC-13.1: a client of HTTP/2 reaches a service that speaks HTTP/1.1 alone', async () => {
  using connection = await openHttp2(scene.inside, api)
  const { status, text } = await connection.send({ ':path': '/json', ...scene.bearer })
  assert.equal(status, 200, text)
  const uploaded = await connection.send(
    { ':method': 'POST', ':path': '/upload', ...scene.bearer },
    'x'.repeat(500_000),
  )
  assert.equal(uploaded.status, 200)
})

test('AC-13.1: a client of HTTP/1.1 reaches a service that speaks HTTP/2 alone', async () => {
  for (const body of ['one', 'two']) {
    const { authorization } = scene.bearer
    const headers = [['Authorization', authorization]] as const
    const { status, text } = await scene.inside.send({ host: grpc, method: 'POST', target: '/echo', headers, body })
    assert.deepEqual([status, text], [200, body])
    assert.equal(scene.origin.streams.at(-1)!.value('authorization'), `Bearer ${scene.key}`)
  }
})

test('every field arrives in its order, and crumbs of a cookie are joined', async () => {
  using connection = await openHttp2(scene.inside, other)
  scene.otherOrigin.answer = ({ stream }) => {
    stream.respond([':status', '200', 'x-a', '1', 'x-b', '2', 'x-a', '3', 'x-note', 'é'], { endStream: true })
  }
  const stream = connection.session.request(
    [
      ...[':method', 'GET', ':path', '/a?b=%2F', ':authority', other, ':scheme', 'https'],
      ...[
        'x-a',
        '1',
        'cookie',
        'a=1',
        'x-b',
        'é',
        'x-a',
        '2',
        'cookie',
        'b=2',
        'authorization',
        scene.otherBearer.authorization,
      ],
    ],
    { endStream: true },
  )
  const raw: string[] = []
  stream.once('response', (_headers, _flags, list) => raw.push(...(list as unknown as string[])))
  assert.equal((await receiveStream(stream)).status, 200)
  const fields = scene.otherOrigin.streams.at(-1)!.raw.slice(8)
  const secret = `Bearer ${scene.otherKey}`
  assert.deepEqual(fields, ['x-a', '1', 'cookie', 'a=1; b=2', 'x-b', 'é', 'x-a', '2', 'authorization', secret])
  assert.deepEqual(
    raw.filter((_, index) => /^x-/.test(raw[index - (index % 2)]!)),
    ['x-a', '1', 'x-b', '2', 'x-a', '3', 'x-note', 'é'],
  )
})

test('interim responses pass, and 100 is the broker’s own', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  scene.origin.answer = ({ stream }) => {
    stream.additionalHeaders({ ':status': 103, link: '</style.css>' })
    stream.respond({ ':status': 200 })
    stream.end('done')
  }
  const stream = connection.begin({ ':method': 'POST', expect: '100-continue', ...scene.bearer }, false)
  const seen: [number, unknown][] = []
  stream.on('headers', (headers) => seen.push([headers[':status'] ?? 0, headers['link']]))
  await once(stream, 'continue')
  stream.end('hello')
  assert.equal((await receiveStream(stream)).text, 'done')
  assert.deepEqual(
    seen.filter(([status]) => status !== 100),
    [[103, '</style.css>']],
  )
  assert.equal(scene.origin.streams.at(-1)!.value('expect'), undefined)
})

test('HEAD and answers without a body end with their head', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  scene.origin.answer = ({ stream, value }) => {
    const status = Number(value(':path')!.slice(1))
    stream.respond({ ':status': status, ...(status === 200 ? { 'content-length': '11' } : {}) }, { endStream: true })
  }
  const head = await connection.send({ ':method': 'HEAD', ':path': '/200', ...scene.bearer })
  assert.deepEqual([head.status, head.headers['content-length'], head.text], [200, '11', ''])
  for (const status of [204, 304]) {
    const answer = await connection.send({ ':path': `/${status}`, ...scene.bearer })
    assert.deepEqual([answer.status, answer.text], [status, ''])
  }
  using single = await openHttp2(scene.inside, api)
  assert.equal((await single.send({ ':path': '/status/204', ...scene.bearer })).status, 204)
})

test('trailers of a service that speaks HTTP/1.1 arrive behind the body', async () => {
  using connection = await openHttp2(scene.inside, api)
  const received = connection.send({ ':path': '/scripted', ...scene.bearer, te: 'trailers' })
  const { response } = await scene.scripted.next()
  response.writeHead(200, { trailer: 'x-sum' })
  response.write('body')
  response.addTrailers({ 'x-sum': '42' })
  response.end()
  const { text, trailers } = await received
  assert.deepEqual([text, trailers['x-sum']], ['body', '42'])
})

test('cookies stay outside where a secret was attached, in trailers as well', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  scene.origin.answer = ({ stream }) => {
    stream.respond({ ':status': 200, 'set-cookie': 'a=1', 'alt-svc': 'h3=":443"' }, { waitForTrailers: true })
    stream.end('x')
    stream.once('wantTrailers', () => stream.sendTrailers({ 'set-cookie': 'b=2', 'x-kept': '1' }))
  }
  const { headers, trailers } = await connection.send(scene.bearer)
  assert.deepEqual([headers['set-cookie'], headers['alt-svc']], [undefined, undefined])
  assert.deepEqual([trailers['set-cookie'], trailers['x-kept']], [undefined, '1'])
})

test('trailers of a request stay behind', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  const seen: unknown[] = []
  scene.origin.answer = ({ stream }) => {
    stream.on('trailers', (trailers) => seen.push(trailers))
    stream.resume().once('end', () => {
      stream.respond({ ':status': 200 })
      stream.end('ok')
    })
  }
  const stream = connection.session.request(
    { ':method': 'POST', ':path': '/', ...scene.bearer },
    { waitForTrailers: true },
  )
  stream.once('wantTrailers', () => stream.sendTrailers({ authorization: 'Bearer somebody-elses' }))
  stream.end('body')
  assert.equal((await receiveStream(stream)).text, 'ok')
  assert.deepEqual(seen, [])
})

test('a slow reader holds up its own stream, and no other one', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  const size = 8 * 1024 * 1024
  let written = 0
  scene.origin.answer = ({ stream, value }) => {
    stream.respond({ ':status': 200 })
    if (value(':path') !== '/large') return void stream.end('quick')
    const chunk = Buffer.alloc(64 * 1024)
    const fill = (): void => {
      while (written < size && !stream.destroyed) {
        written += chunk.length
        if (!stream.write(chunk)) return void stream.once('drain', fill)
      }
      stream.end()
    }
    fill()
  }
  const slow = connection.begin({ ':path': '/large', ...scene.bearer })
  slow.pause()
  await once(slow, 'response')
  const held = await plateau(() => written)
  assert.ok(held < size / 2, `${held} bytes were taken from the service`)
  assert.equal((await connection.send({ ':path': '/small', ...scene.bearer })).text, 'quick')
  let received = 0
  slow.on('data', (chunk: Buffer) => {
    received += chunk.length
  })
  slow.resume()
  await once(slow, 'end')
  assert.equal(received, size)
})

test('a service that is slow to read holds up the client', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  const arrived = Promise.withResolvers<OriginStream>()
  scene.origin.answer = (stream) => arrived.resolve(stream)
  const stream = connection.begin({ ':method': 'POST', ...scene.bearer }, false)
  const chunk = Buffer.alloc(64 * 1024)
  const count = 128
  for (let index = 0; index < count; index += 1) stream.write(chunk)
  const service = await arrived.promise
  service.stream.pause()
  const left = await plateau(() => -stream.writableLength)
  assert.ok(-left > (count * chunk.length) / 2, `${-left} bytes are left`)
  let taken = 0
  service.stream.on('data', (part: Buffer) => {
    taken += part.length
  })
  service.stream.resume()
  service.stream.once('end', () => {
    service.stream.respond({ ':status': 200 })
    service.stream.end(String(taken))
  })
  stream.end()
  assert.equal((await receiveStream(stream)).text, String(count * chunk.length))
})

test('an answer that comes before the whole request is delivered, and the client told to stop', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  scene.origin.answer = ({ stream }) => {
    stream.respond({ ':status': 413 })
    stream.end('too long')
  }
  const stream = connection.begin({ ':method': 'POST', ...scene.bearer }, false)
  stream.write('a part')
  const { status, text } = await receiveStream(stream)
  assert.deepEqual([status, text], [413, 'too long'])
  assert.equal((await connection.send({ ':path': '/next', ...scene.bearer })).status, 413)
})

for (const [what, frames] of [
  ['a reset', [frame(frameType.reset, 0, 1, code(constants.NGHTTP2_CANCEL))]],
  ['a reset for an error', [frame(frameType.reset, 0, 1, code(constants.NGHTTP2_INTERNAL_ERROR))]],
  ['the end of a body that was to be longer', [frame(frameType.data, flag.endStream, 1)]],
  ['bytes that are no frame', [Buffer.from('HTTP/1.1 400 Bad Request')]],
] as const) {
  test(`what breaks off at the service by ${what} is broken off at the client`, async () => {
    await using own = await openHttp2Scene()
    using connection = await openHttp2(own.inside, raw)
    own.rawOrigin.answer = (socket, stream) => {
      const length = what.startsWith('the end') ? ([['content-length', '1000000']] as const) : []
      socket.write(frame(frameType.headers, flag.endHeaders, stream, block([[':status', '200'], ...length])))
      socket.write(frame(frameType.data, 0, stream, Buffer.from('half')))
      setTimeout(() => socket.write(Buffer.concat(frames)), 50)
    }
    await assert.rejects(connection.send(own.bearer), /NGHTTP2_INTERNAL_ERROR/)
    const [record] = await own.records()
    assert.match(String(record?.code), /^upstream_(?:unreachable|malformed)$/)
  })
}

test('a client that breaks off ends the stream at the service, and the record says so', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  await scene.records()
  const arrived = Promise.withResolvers<OriginStream>()
  scene.origin.answer = (stream) => arrived.resolve(stream)
  const stream = connection.begin({ ':path': '/cancelled', ...scene.bearer })
  const service = await arrived.promise
  stream.close(constants.NGHTTP2_CANCEL)
  if (!service.stream.destroyed) await once(service.stream, 'close')
  const records = await poll(async () => {
    const some = await scene.records()
    return some.length > 0 ? some : undefined
  })
  assert.deepEqual(
    records.map(({ path, code }) => [path, code]),
    [['/cancelled', 'client_disconnected']],
  )
})
