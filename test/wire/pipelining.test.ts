import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { poll } from './poll.ts'
import { api, openStreamScene, type StreamScene } from './stream-scene.ts'

let scene: StreamScene

before(async () => {
  scene = await openStreamScene()
})

after(() => scene[Symbol.asyncDispose]())

/** A connection on which bytes are written as they are. */
async function openBytes() {
  const socket: TLSSocket = await scene.inside.connectTls(api)
  let said = ''
  socket.on('error', () => {}).on('data', (chunk: Buffer) => (said += chunk.toString('latin1')))
  return {
    socket,
    said: () => said,
    says: (mark: string | RegExp) =>
      poll(() => ((typeof mark === 'string' ? said.includes(mark) : mark.test(said)) ? true : undefined)),
  }
}

function head(method: string, target: string, ...fields: readonly string[]): string {
  const [name, value] = scene.bearer
  return [`${method} ${target} HTTP/1.1`, `Host: ${api}`, `${name}: ${value}`, ...fields, '', ''].join('\r\n')
}

const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status!)

test('requests that are sent ahead are carried one after the other, and answered in their order (RFC 9112 §9.3.2)', async () => {
  const { socket, said, says } = await openBytes()
  const [{ length: requests }, arrived] = [scene.origin.requests, scene.scripted.next()]
  const post = `${head('POST', '/scripted/first', 'Content-Length: 4')}body`
  socket.write(post + head('GET', '/scripted/second') + head('GET', '/scripted/third'))
  const first = await arrived
  // Another connection goes and comes: had the second request been sent on, it would be here by now.
  assert.equal((await scene.inside.send({ host: api, target: '/json', headers: [scene.bearer] })).status, 200)
  assert.equal(scene.origin.requests.length, requests + 2)
  assert.equal(first.request.url, '/scripted/first')
  first.response.write('one ')
  await says('one ')
  assert.equal(scene.origin.requests.length, requests + 2)
  first.response.end('done')
  for (const name of ['second', 'third']) {
    const { request, response } = await scene.scripted.next()
    assert.equal(request.url, `/scripted/${name}`)
    response.end(`this is ${name}`)
    await says(`this is ${name}`)
  }
  assert.deepEqual(statuses(said()), ['200', '200', '200'])
  socket.destroy()
})

test('R-36: of two requests that are sent together each has its own verdict', async () => {
  const { socket, said, says } = await openBytes()
  const { length: requests } = scene.origin.requests
  socket.write(head('GET', '/json') + head('GET', '/a/../b') + head('GET', '/json'))
  await says(/(HTTP\/1\.1[\s\S]*){3}\}/)
  assert.deepEqual(statuses(said()), ['200', '400', '200'])
  assert.equal(scene.origin.requests.length, requests + 2)
  socket.destroy()
})

test('what stands behind a request that closes the connection is not carried', async () => {
  const { socket, said } = await openBytes()
  const { length: requests } = scene.origin.requests
  const closed = once(socket, 'close')
  socket.write(head('GET', '/json', 'Connection: close') + head('GET', '/json'))
  await closed
  assert.deepEqual(statuses(said()), ['200'])
  assert.equal(scene.origin.requests.length, requests + 1)
})

test('bytes that are no request are answered behind the answers that are owed', async () => {
  const { socket, said, says } = await openBytes()
  const closed = once(socket, 'close')
  socket.write(head('GET', '/scripted/owed'))
  const { response } = await scene.scripted.next()
  response.write('first part, ')
  await says('first part')
  socket.write('NO REQUEST AT ALL\r\n\r\n')
  assert.equal((await scene.inside.send({ host: api, target: '/json', headers: [scene.bearer] })).status, 200)
  assert.deepEqual(statuses(said()), ['200'])
  response.end('and the rest')
  await closed
  assert.deepEqual(statuses(said()), ['200', '400'])
  assert.ok(said().indexOf('and the rest') < said().indexOf('400'))
})

test('a CONNECT behind a request that is being carried opens no tunnel, and ends the connection', async () => {
  const { socket, said } = await openBytes()
  const closed = once(socket, 'close')
  socket.write(head('GET', '/scripted/connect'))
  const { response } = await scene.scripted.next()
  socket.write(`CONNECT ${api}:443 HTTP/1.1\r\nHost: ${api}:443\r\n\r\n`)
  response.end('the answer that is owed')
  await closed
  assert.doesNotMatch(said(), /Established/)
  assert.notEqual(statuses(said()).at(1), '200')
})

test('of what a client sends far ahead, nothing is carried before its turn', async () => {
  const { socket } = await openBytes()
  const { length: requests } = scene.origin.requests
  const arrived = scene.scripted.next()
  socket.write(head('GET', '/scripted/many') + head('GET', '/json').repeat(1_000))
  await arrived
  assert.equal((await scene.inside.send({ host: api, target: '/json', headers: [scene.bearer] })).status, 200)
  assert.equal(scene.origin.requests.length, requests + 2)
  socket.destroy()
})

test('a request that waits is dropped with its client', async () => {
  const { socket } = await openBytes()
  const { length: requests } = scene.origin.requests
  // The test before may have left its request here.
  const target = '/scripted/dropped'
  socket.write(head('GET', target) + head('GET', '/json'))
  const { response } = await poll(async () => {
    const routed = await scene.scripted.next()
    return routed.request.url === target ? routed : undefined
  })
  const gone = once(response, 'close')
  socket.destroy()
  await gone
  assert.equal((await scene.outcomeOf(target)).code, 'client_disconnected')
  assert.equal(scene.origin.requests.length, requests + 1)
})
