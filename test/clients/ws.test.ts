import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { after, before, test } from 'node:test'
import type { WebSocket } from 'ws'
import { api, openWsScene, other, type WsScene, wsWays } from './ws-scene.ts'

const mebibyte = 1_048_576
let scene: WsScene

before(async () => {
  scene = await openWsScene()
})
after(() => scene[Symbol.asyncDispose]())

/** The next message, and whether it is binary. */
async function heard(socket: WebSocket): Promise<readonly [Buffer, boolean]> {
  const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean]
  return [data, isBinary]
}

/** Code and reason of the end. */
async function endOf(socket: WebSocket): Promise<readonly [number, string]> {
  const [code, reason] = (await once(socket, 'close')) as [number, Buffer]
  return [code, reason.toString()]
}

for (const [index, way] of wsWays.entries()) {
  test(`AC-13.2, AC-2.3: text, bytes, pings and both kinds of ending pass ${way}`, async () => {
    const { socket, served } = await scene.open(`/way-${index}`, { way, protocols: ['first', 'second'] })
    const { authorization, host, 'sec-websocket-protocol': protocols } = served.request.headers
    assert.deepEqual([authorization, host, protocols], [`Bearer ${scene.key}`, api, 'first,second'])
    assert.equal(socket.protocol, 'first')

    socket.send('text with ✓')
    assert.deepEqual(await heard(socket), [Buffer.from('text with ✓'), false])
    const bytes = randomBytes(5_000)
    socket.send(bytes)
    assert.deepEqual(await heard(socket), [bytes, true])

    socket.ping('from the client')
    assert.deepEqual(await once(socket, 'pong'), [Buffer.from('from the client')])
    served.socket.ping('from the service')
    assert.deepEqual(await once(served.socket, 'pong'), [Buffer.from('from the service')])

    socket.close(4_001, 'done here')
    assert.deepEqual(await served.closed, [4_001, 'done here'])
    assert.deepEqual((await scene.outcomeOf(`/way-${index}`)).note, 'websocket: closed: 4001 by the client')

    const another = await scene.open(`/way-${index}-again`, { way })
    const ended = endOf(another.socket)
    another.served.socket.close(4_002, 'come back later')
    assert.deepEqual(await ended, [4_002, 'come back later'])
  })
}

test('AC-13.2: what is compressed stays compressed, from message to message', async () => {
  const options = { perMessageDeflate: { threshold: 0 } }
  const { socket } = await scene.open('/compressed', { options })
  assert.equal(socket.extensions, 'permessage-deflate')
  const message = 'the same words again and again, '.repeat(30_000)
  for (let count = 0; count < 3; count += 1) {
    socket.send(message)
    assert.equal((await heard(socket))[0].toString(), message)
  }
  socket.close()
  const { bytesSent = 0, bytesReceived = 0 } = await scene.outcomeOf('/compressed')
  assert.ok(bytesSent < message.length && bytesReceived < message.length)
})

test('AC-13.2: a client that wants no compression gets none', async () => {
  const { socket, served } = await scene.open('/plain', { options: { perMessageDeflate: false } })
  assert.deepEqual([socket.extensions, served.request.headers['sec-websocket-extensions']], ['', undefined])
  socket.send('plain')
  assert.equal((await heard(socket))[0].toString(), 'plain')
})

for (const compress of [false, true]) {
  test(`AC-13.2: a message of 1 MiB in fragments, ${compress ? 'compressed' : 'as it is'}, arrives whole`, async () => {
    const options = { perMessageDeflate: compress && { threshold: 0 } }
    const { socket } = await scene.open(`/fragments-${compress}`, { options })
    const pieces = 16
    const parts = Array.from({ length: pieces }, (_, index) =>
      index % 2 === 0 ? randomBytes(mebibyte / pieces) : Buffer.alloc(mebibyte / pieces, 'words '),
    )
    for (const [index, part] of parts.entries()) {
      socket.send(part, { binary: true, compress, fin: index === pieces - 1 })
      // Control frames may come between fragments.
      if (index === 7) socket.ping('between')
    }
    const pong = once(socket, 'pong')
    const [message, isBinary] = await heard(socket)
    assert.ok(isBinary && message.equals(Buffer.concat(parts)))
    await pong
  })
}

test('AC-13.2: a conversation in the manner of Codex: bearer in the handshake, JSON in the frames', async () => {
  const headers = { 'OpenAI-Beta': 'responses_websockets=2026-02-06', 'User-Agent': 'codex_cli_rs/0.169.0' }
  const { socket, served } = await scene.open('/v1/responses', { options: { headers } })
  assert.equal(served.request.headers['openai-beta'], headers['OpenAI-Beta'])
  assert.equal(served.request.headers['user-agent'], headers['User-Agent'])
  const events: { type: string; delta?: string }[] = []
  socket.on('message', (data) => events.push(JSON.parse(String(data))))
  for (const input of ['say these words', 'and these']) {
    events.length = 0
    socket.send(JSON.stringify({ type: 'response.create', model: 'm', input }))
    while (events.at(-1)?.type !== 'response.completed') await once(socket, 'message')
    assert.equal(events[0]?.type, 'response.created')
    assert.equal(events.flatMap(({ delta }) => delta ?? []).join(' '), input)
  }
  socket.close(1_000)
  assert.equal((await served.closed)[0], 1_000)
})

test('R-60: a handshake with the placeholder of another host is answered with the reason, and does not arrive', async () => {
  const before = scene.served.length
  const socket = await scene.begin('/elsewhere', { host: other })
  const [, response] = (await once(socket, 'unexpected-response')) as [ClientRequest, IncomingMessage]
  const { code } = JSON.parse(Buffer.concat(await response.toArray()).toString())
  assert.deepEqual([response.statusCode, code], [403, 'placeholder_wrong_destination'])
  assert.equal(scene.served.length, before)
})

test('R-60: a placeholder in a message ends the connection, and stays behind', async () => {
  const { socket, served } = await scene.open('/leak')
  const ended = endOf(socket)
  const arrived: string[] = []
  served.socket.on('message', (data) => arrived.push(String(data)))
  socket.send('a word')
  socket.send(JSON.stringify({ text: scene.placeholder }))
  assert.deepEqual(await ended, [1_008, 'placeholder_undeclared_place'])
  assert.equal((await served.closed)[0], 1_008)
  assert.deepEqual(arrived, ['a word'])
})

test('N2: when the grant ends, both sides are told why', async () => {
  const { socket, served } = await scene.open('/revoked')
  const ended = endOf(socket)
  await scene.world.client.sandboxes.detach(scene.inside.sandbox.id, 'API_KEY')
  assert.deepEqual(await ended, [1_008, 'grant_ended'])
  assert.deepEqual(await served.closed, [1_008, 'grant_ended'])
  const again = await scene.begin('/after')
  const [, response] = (await once(again, 'unexpected-response')) as [ClientRequest, IncomingMessage]
  assert.equal(response.statusCode, 403)
  response.resume()
})

test('A2: each connection has one outcome on record, and no record has a key', async () => {
  const events = (await scene.world.events()).map(({ event }) => event)
  const outcomes = events.filter(({ kind }) => kind === 'exchange.completed')
  assert.equal(outcomes.length, scene.served.length)
  const text = JSON.stringify(events)
  for (const secret of [scene.key, scene.placeholder]) assert.ok(!text.includes(secret))
})
