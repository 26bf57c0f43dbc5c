import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import type { ArrivedRequest, HttpHandlers } from '../http-plane.ts'
import { ServicePool } from '../relay/service-pool.ts'
import { Http1Connections } from './http1-connections.ts'
import { Http1Service } from './http1-service.ts'

const never = 3_600_000
const served = new Map<string, Http1Connections<undefined>>()
const server = createServer((socket) => {
  socket.once('data', (chunk: Buffer) => {
    // The first byte says which patience is tried.
    socket.pause().unshift(chunk.subarray(1))
    served.get(String.fromCharCode(chunk[0]!))!.serve(socket, socket, undefined)
  })
})

const arrived: ArrivedRequest[] = []
const malformed: string[] = []
const handlers: HttpHandlers<undefined> = {
  onRequest: (request) => {
    arrived.push(request)
    if (request.target === '/wait') return
    const headers = { 'content-length': '2', 'x-target': request.target }
    const answer = () => void request.carrier.answer({ status: 200, headers, body: Buffer.from('ok') })
    if (request.target === '/late') setTimeout(answer, 20)
    else answer()
  },
  onConnect: (_request, socket) => void socket.end('HTTP/1.1 405 No\r\n\r\n'),
  onMalformed: (socket, { facts }) => {
    malformed.push(String(facts?.['reason']))
    socket.end('HTTP/1.1 400 Bad\r\n\r\n')
  },
}

before(async () => {
  const pool = new ServicePool((duplex, onIdle) => new Http1Service(duplex, onIdle))
  const patient = { headMs: never, idleMs: never, silentMs: never, everyMs: 5 }
  served.set('p', new Http1Connections(handlers, pool, patient))
  served.set('h', new Http1Connections(handlers, pool, { ...patient, headMs: 50 }))
  served.set('i', new Http1Connections(handlers, pool, { ...patient, idleMs: 50 }))
  served.set('s', new Http1Connections(handlers, pool, { ...patient, silentMs: 50 }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
const opened = new Set<Socket>()

after(() => {
  for (const socket of opened) socket.destroy()
  server.close()
})

async function open(patience: string): Promise<Socket> {
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setNoDelay(true)
  await once(socket, 'connect')
  opened.add(socket)
  socket.on('error', () => {}).write(patience)
  return socket
}

/** Everything up to the end of the connection, or its reset. */
async function all(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  await ended(socket)
  return text
}

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) =>
    socket
      .resume()
      .once('end', resolve)
      .once('close', () => resolve()),
  )
}

async function untilArrived(before: number): Promise<void> {
  for (let turn = 0; turn < 1_000 && arrived.length === before; turn += 1) await delay(5)
}

const get = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`

test('R-82: a head that does not end is closed, though every byte of it comes in time', async () => {
  const socket = await open('h')
  const closed = ended(socket)
  let sent = 0
  const drip = setInterval(() => {
    sent += 1
    socket.write(sent === 1 ? 'GET / HTTP/1.1\r\nX-Slow: ' : 'x')
  }, 5)
  await closed
  clearInterval(drip)
  assert.ok(sent > 1)
  socket.destroy()
})

test('R-82: so is a second head, and a connection on which nothing is said', async () => {
  const [second, silent] = [await open('h'), await open('h')]
  second.write(get('/first'))
  await once(second, 'data')
  const closed = Promise.all([ended(second), ended(silent)])
  second.write('GET / HT')
  await closed
  for (const socket of [second, silent]) socket.destroy()
})

test('a connection with nothing to do is closed, and one that waits for its answer is not', async () => {
  const [idle, waiting] = [await open('i'), await open('i')]
  waiting.write(get('/wait'))
  idle.write(get('/'))
  assert.match(await all(idle), /\r\n\r\nok$/)
  assert.equal(waiting.readableEnded, false)
  waiting.destroy()
})

test('an exchange in which nothing moves is given up', async () => {
  const socket = await open('s')
  socket.write(get('/wait'))
  assert.equal(await all(socket), '')
})

test('a connection that waited long for its answer is not taken for an idle one', async () => {
  const socket = await open('i')
  const before = arrived.length
  socket.write(get('/wait'))
  // Another connection, which waits as long as the idle are waited for, shows that this time has passed.
  const clock = await open('i')
  clock.write(get('/'))
  await all(clock)
  const request = arrived.slice(before).find(({ target }) => target === '/wait')!
  await request.carrier.answer({ status: 200, headers: { 'content-length': '2' }, body: Buffer.from('ok') })
  await once(socket, 'data')
  socket.write(get('/next'))
  const [answer] = (await once(socket, 'data')) as [Buffer]
  assert.match(String(answer), /x-target: \/next/)
  socket.destroy()
})

test('a client that half closes gets the answers to everything that it said before', async () => {
  const socket = await open('p')
  socket.end(get('/late') + get('/late') + get('/three'))
  const text = await all(socket)
  assert.deepEqual(text.match(/x-target: \S+/g), ['x-target: /late', 'x-target: /late', 'x-target: /three'])
})

test('a client that half closes in the middle of a head or a body is gone', async () => {
  const before = arrived.length
  const head = await open('p')
  head.end('GET /half HTTP/1.1\r\nHo')
  assert.equal(await all(head), '')
  assert.equal(arrived.length, before)
  const body = await open('p')
  body.write('POST /wait HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf')
  let gone = 0
  await untilArrived(before)
  arrived.at(-1)!.onGone(() => (gone += 1))
  body.end()
  await all(body)
  assert.equal(gone, 1)
})

test('a half close behind half a request closes once the whole ones are answered', async () => {
  const socket = await open('p')
  socket.end(`${get('/late')}GET /two HT`)
  assert.deepEqual((await all(socket)).match(/x-target: \S+/g), ['x-target: /late'])
})

test('a head that is cut anywhere is the same request', async () => {
  const socket = await open('p')
  const text = get('/cut')
  for (let cut = 1; cut < text.length; cut += 1) {
    socket.write(text.slice(0, cut))
    await new Promise((resolve) => setImmediate(resolve))
    socket.write(text.slice(cut))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    assert.match(String(answer), /^HTTP\/1\.1 200 [\s\S]*x-target: \/cut\r\n[\s\S]*ok$/)
  }
  socket.destroy()
})

test('a head that is too long is refused, whether or not it ends, and nothing behind it is read', async () => {
  const long = `GET / HTTP/1.1\r\nX: ${'x'.repeat(65_536)}`
  for (const text of [long, `${long}\r\n\r\n${get('/behind')}`]) {
    const before = arrived.length
    const socket = await open('p')
    socket.write(text)
    assert.match(await all(socket), /^HTTP\/1\.1 400 /)
    assert.equal(malformed.at(-1), 'head_too_long')
    assert.equal(arrived.length, before)
    socket.destroy()
  }
})
