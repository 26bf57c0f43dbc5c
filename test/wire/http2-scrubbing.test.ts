import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { openHttp2 } from './http2-client.ts'
import { api, grpc, type Http2Scene, openHttp2Scene } from './http2-scene.ts'

let scene: Http2Scene

before(async () => {
  scene = await openHttp2Scene()
})

after(() => scene[Symbol.asyncDispose]())

const standIn = (): string => scene.bearer.authorization.slice('Bearer '.length)

test('AC-10.1, HTTP/2: fields, body and trailers have the placeholder again, and the record says how often', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  await scene.records()
  scene.origin.answer = ({ stream }) => {
    stream.respond({ ':status': 200, 'x-echo': scene.key, 'content-type': 'text/plain' }, { waitForTrailers: true })
    stream.once('wantTrailers', () => stream.sendTrailers({ 'x-end': scene.key }))
    stream.write(`it is ${scene.key.slice(0, 20)}`)
    setImmediate(() => stream.end(`${scene.key.slice(20)}, or ${Buffer.from(scene.key).toString('hex')}`))
  }
  const stream = connection.begin({ ':path': '/echo', te: 'trailers', ...scene.bearer })
  const trailers = new Promise((resolve) => stream.once('trailers', resolve))
  const head = new Promise<Record<string, unknown>>((resolve) => stream.once('response', resolve))
  let text = ''
  for await (const chunk of stream) text += chunk
  assert.equal(text, `it is ${standIn()}, or ${Buffer.from(standIn()).toString('hex')}`)
  assert.equal((await head)['x-echo'], standIn())
  assert.equal(((await trailers) as Record<string, unknown>)['x-end'], standIn())
  const [record] = await scene.records()
  assert.equal(record?.scrubbed, 4)
})

test('AC-10.1, HTTP/2: a body of known length gets a right one, also before a service of HTTP/1.1', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  const body = JSON.stringify({ token: scene.key })
  scene.origin.answer = ({ stream }) => {
    stream.respond({ ':status': 200, 'content-length': body.length })
    stream.end(body)
  }
  const received = await connection.send({ ':path': '/sized', ...scene.bearer })
  assert.equal(received.text, JSON.stringify({ token: standIn() }))
  assert.equal(received.headers['content-length'], String(received.text.length))
  using single = await openHttp2(scene.inside, api)
  const answer = single.send({ ':path': '/scripted/sized', ...scene.bearer })
  const { response } = await scene.scripted.next()
  response.writeHead(200, { 'content-length': body.length }).end(body)
  assert.equal((await answer).text, JSON.stringify({ token: standIn() }))
})

test('AC-10.1, HTTP/2: a message of gRPC keeps its length', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  const head = Buffer.alloc(5)
  head.writeUInt32BE(scene.key.length, 1)
  scene.origin.answer = ({ stream }) => {
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
    stream.end(Buffer.concat([head, Buffer.from(scene.key)]))
  }
  const { text } = await connection.send({ ':path': '/call', ...scene.bearer })
  assert.equal(text.slice(5), standIn().slice(0, scene.key.length).padEnd(scene.key.length, '*'))
})

test('AC-10.1, HTTP/2: a compressed stream ends where a value would come', async () => {
  using connection = await openHttp2(scene.inside, grpc)
  await scene.records()
  scene.origin.answer = ({ stream }) => {
    stream.respond({ ':status': 200, 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
    stream.end(gzipSync(`data: ${scene.key}\n\n`))
  }
  const { status, code } = await connection.send({ ':path': '/stream', ...scene.bearer })
  assert.deepEqual([status, code], [502, 'secret_returned'])
  const [record] = await scene.records()
  assert.equal(record?.code, 'secret_returned')
})
