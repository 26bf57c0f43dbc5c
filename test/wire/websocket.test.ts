import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { type Frame, textFrame } from '../fixtures/websocket-frames.ts'
import { acceptFor } from '../fixtures/websocket-service.ts'
import { waysIn } from './ways-in.ts'
import { api, type ClientSocket, chat, openWebSocketScene, type WebSocketScene } from './websocket-scene.ts'
import { testedPlane } from './world.ts'

const skip = testedPlane === 'reference' && 'the reference plane refuses upgrades'

const bare = (accept: string, ...further: string[]): string =>
  ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${accept}`]
    .concat(further, '', '')
    .join('\r\n')

let scene: WebSocketScene

before(async () => {
  scene = await openWebSocketScene({
    '/no': () => 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno',
    '/wrong-accept': () => bare(acceptFor('another')),
    '/two-accepts': (_request, accept) => bare(accept, `Sec-WebSocket-Accept: ${accept}`),
    '/no-upgrade': (_request, accept) => `HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    '/h2c': () => 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n',
    '/protocol': (_request, accept) => bare(accept, 'Sec-WebSocket-Protocol: unasked'),
    '/extension': (_request, accept) => bare(accept, 'Sec-WebSocket-Extensions: permessage-deflate'),
    '/unknown-extension': (_request, accept) => bare(accept, 'Sec-WebSocket-Extensions: x-other'),
  })
})

after(() => scene[Symbol.asyncDispose]())

function text(frame: Frame | undefined): string | undefined {
  return frame?.payload.toString()
}

function closeOf(frame: Frame | undefined): readonly [number, string] {
  assert.equal(frame?.opcode, 8)
  return [frame.payload.readUInt16BE(0), frame.payload.toString('latin1', 2)]
}

async function echo(client: ClientSocket, message: string): Promise<void> {
  client.send(textFrame(message))
  assert.equal(text(await client.next()), message)
}

function deflated(message: string): Buffer {
  return deflateRawSync(message, { finishFlush: 2 }).subarray(0, -4)
}

for (const way of waysIn) {
  test(`AC-13.2, AC-2.3: a WebSocket by ${way.name} carries the real credential in its handshake`, {
    skip,
  }, async () => {
    const target = `/echo-${waysIn.indexOf(way)}`
    const client = await scene.open(target, { way })
    const { rawHeaders } = client.served
    assert.ok(rawHeaders.includes(`Bearer ${scene.key}`))
    assert.ok(rawHeaders.every((value) => !value.includes(scene.placeholder)))
    assert.equal(client.response.headers['set-cookie'], undefined)
    await echo(client, 'one')
    client.send({ opcode: 9, payload: Buffer.from('still there?') })
    const pong = await client.next()
    assert.deepEqual([pong?.opcode, text(pong)], [10, 'still there?'])
    client.send({ opcode: 8, payload: Buffer.from([0x03, 0xe8]) })
    assert.equal(closeOf(await client.next())[0], 1000)
    await client.closed
    const { note, status, code, bytesSent, bytesReceived, grants } = await scene.outcomeOf(target)
    assert.deepEqual([status, code, note], [101, undefined, 'websocket: closed: 1000 by the client'])
    assert.deepEqual([bytesSent, bytesReceived, grants?.length], [9 + 18 + 8, 5 + 14 + 4, 1])
  })
}

test('AC-13.2: fields in the manner of Codex pass, subprotocols and all', { skip }, async () => {
  const fields = {
    'OpenAI-Beta': 'responses_websockets=2026-02-06',
    'Sec-WebSocket-Protocol': 'realtime, responses',
    'Sec-WebSocket-Extensions': 'x-other, permessage-deflate; client_max_window_bits',
  }
  const client = await scene.open('/codex', { fields })
  const { rawHeaders } = client.served
  assert.equal(rawHeaders[rawHeaders.indexOf('OpenAI-Beta') + 1], fields['OpenAI-Beta'])
  assert.equal(rawHeaders[rawHeaders.indexOf('Sec-WebSocket-Protocol') + 1], fields['Sec-WebSocket-Protocol'])
  const offered = rawHeaders[rawHeaders.indexOf('Sec-WebSocket-Extensions') + 1]
  assert.equal(offered, 'permessage-deflate; client_max_window_bits')
  assert.equal(client.response.headers['sec-websocket-protocol'], 'realtime')
  client.send({ opcode: 1, rsv1: true, payload: deflated('compressed '.repeat(100)) })
  assert.equal(text(await client.next()), 'compressed '.repeat(100))
  client.socket.destroy()
})

test('what a service says together with its answer is not lost', { skip }, async () => {
  const client = await scene.open('/hello')
  assert.equal(text(await client.next()), 'hello')
  client.socket.destroy()
  assert.equal((await scene.outcomeOf('/hello')).note, 'websocket: broken off by the client')
})

/** The next message, whole, or control frame. What is searched comes in as many frames as that takes. */
async function nextWhole(client: ClientSocket): Promise<Frame | undefined> {
  const first = await client.next()
  if (first === undefined || first.fin !== false) return first
  const pieces = [first.payload]
  for (let last: Frame | undefined = first; last?.fin === false; ) {
    last = await client.next()
    pieces.push(last?.payload ?? Buffer.alloc(0))
  }
  return { ...first, fin: true, payload: Buffer.concat(pieces) }
}

test('messages large and in fragments arrive as they were sent', { skip }, async () => {
  const client = await scene.open('/large')
  const payload = randomBytes(3_000_000)
  client.send({ opcode: 2, payload })
  assert.ok((await nextWhole(client))?.payload.equals(payload))
  const pieces = [0, 1, 2].map((index) => payload.subarray(index * 70_000, (index + 1) * 70_000))
  client.send({ opcode: 2, fin: false, payload: pieces[0]! }, { opcode: 9, payload: Buffer.from('between') })
  client.send({ opcode: 0, fin: false, payload: pieces[1]! }, { opcode: 0, payload: pieces[2]! })
  assert.equal(text(await client.next()), 'between')
  assert.ok((await nextWhole(client))?.payload.equals(payload.subarray(0, 210_000)))
  client.socket.destroy()
})

const halves = (message: string, at: number): Frame[] => [
  { ...textFrame(message.slice(0, at)), fin: false },
  { opcode: 9, payload: Buffer.from('between') },
  { opcode: 0, payload: Buffer.from(message.slice(at)) },
]

const smuggled: readonly (readonly [
  what: string,
  frames: (placeholder: string) => Frame[],
  fields?: Record<string, string>,
])[] = [
  ['in a text message', (found) => [textFrame(`{"key":"${found}"}`)]],
  ['in a binary message', (found) => [{ opcode: 2, payload: Buffer.from(found) }]],
  ['in fragments', (found) => halves(found, 9)],
  ['in two messages', (found) => [textFrame(found.slice(0, 9)), textFrame(found.slice(9))]],
  ['in base64', (found) => [textFrame(Buffer.from(`xx${found}`).toString('base64'))]],
  ['in a ping', (found) => [{ opcode: 9, payload: Buffer.from(found) }]],
  ['in a close', (found) => [{ opcode: 8, payload: Buffer.from(`\u0003\u00e8${found}`, 'latin1') }]],
  [
    'in a compressed message',
    (found) => [{ opcode: 1, rsv1: true, payload: deflated(`{"key":"${found}"}`) }],
    { 'Sec-WebSocket-Extensions': 'permessage-deflate' },
  ],
]

for (const [index, [what, frames, fields = {}]] of smuggled.entries()) {
  test(`R-60: a placeholder ${what} is not sent, closes both sides with the reason, and raises an alarm`, {
    skip,
  }, async () => {
    const target = `/smuggled-${index}`
    const client = await scene.open(target, { fields })
    for (const frame of frames(scene.placeholder)) client.send(frame)
    let frame = await client.next()
    while (frame !== undefined && frame.opcode !== 8) frame = await client.next()
    assert.deepEqual(closeOf(frame), [1008, 'placeholder_undeclared_place'])
    await client.closed
    await client.served.closed
    assert.deepEqual(closeOf(client.served.frames.at(-1)), [1008, 'placeholder_undeclared_place'])
    const arrived = Buffer.concat(client.served.frames.map(({ payload }) => payload)).toString('latin1')
    assert.ok(!arrived.includes(scene.placeholder))
    assert.equal((await scene.outcomeOf(target)).code, 'placeholder_undeclared_place')
    assert.equal((await scene.alarmsOn(target)).length, 1)
  })
}

const faults: readonly (readonly [what: string, bytes: readonly number[]])[] = [
  ['without a mask', [0x81, 0x01, 0x41]],
  ['with a reserved bit', [0xa1, 0x80, 0, 0, 0, 0]],
  ['said to be compressed', [0xc1, 0x80, 0, 0, 0, 0]],
  ['of an unknown kind', [0x83, 0x80, 0, 0, 0, 0]],
  ['of control, too long', [0x89, 0xfe, 0, 126, 0, 0, 0, 0]],
  ['of control, in pieces', [0x09, 0x80, 0, 0, 0, 0]],
  ['that goes on with nothing', [0x80, 0x80, 0, 0, 0, 0]],
  ['whose length is longer than it need be', [0x82, 0xfe, 0, 5, 0, 0, 0, 0]],
]

for (const [index, [what, bytes]] of faults.entries()) {
  test(`a frame ${what} closes both sides with 1002`, { skip }, async () => {
    const client = await scene.open(`/fault-${index}`)
    client.socket.write(Buffer.from(bytes))
    assert.deepEqual(closeOf(await client.next()), [1002, 'request_malformed'])
    await client.closed
    await client.served.closed
    assert.deepEqual(closeOf(client.served.frames.at(-1)), [1002, 'request_malformed'])
    assert.equal((await scene.outcomeOf(`/fault-${index}`)).code, 'request_malformed')
  })
}

for (const [what, cut] of [
  ['in one frame', (message: string) => [textFrame(message)]],
  ['across frames', (message: string) => halves(message, 40)],
] as const) {
  test(`AC-13.2, W4: a declared placeholder ${what} becomes the secret, with a mask of its own`, { skip }, async () => {
    const fields = { 'Sec-WebSocket-Extensions': 'permessage-deflate' }
    const client = await scene.open('/login', { host: chat, fields })
    assert.ok(
      !client.served.rawHeaders.includes('Sec-WebSocket-Extensions'),
      'no compression where something is replaced',
    )
    const message = (token: string): string => `{"op":2,"d":{"token":"${token}","é":"${token}"}}`
    client.send(...cut(message(scene.placeholder)))
    let frame = await nextWhole(client)
    if (frame?.opcode === 10) frame = await nextWhole(client)
    assert.equal(text(frame), message(scene.placeholder), 'AC-10.1: the echo of a careless service is cleaned')
    const [arrived] = client.served.frames.filter(({ opcode }) => opcode === 1)
    assert.equal(text(arrived), message(scene.key))
    assert.equal(arrived?.fin, true)
    assert.notDeepEqual(arrived?.mask, Buffer.alloc(4))
    client.socket.destroy()
  })
}

for (const [what, frame] of [
  ['in a binary message', (found: string): Frame => ({ opcode: 2, payload: Buffer.from(found) })],
  ['encoded', (found: string): Frame => textFrame(Buffer.from(found).toString('hex'))],
  ['in a ping', (found: string): Frame => ({ opcode: 9, payload: Buffer.from(found) })],
  ['in a message too long to hold', (found: string): Frame => textFrame(found.padStart(2_000_000))],
] as const) {
  test(`R-60: where text messages are declared, a placeholder ${what} is refused all the same`, { skip }, async () => {
    const client = await scene.open('/login', { host: chat })
    client.send(frame(scene.placeholder))
    let last = await client.next()
    while (last !== undefined && last.opcode !== 8) last = await client.next()
    assert.deepEqual(closeOf(last), [1008, 'placeholder_undeclared_place'])
    await client.served.closed
    const arrived = Buffer.concat(client.served.frames.map(({ payload }) => payload)).toString('latin1')
    assert.ok(!arrived.includes(scene.key) && !arrived.includes(scene.placeholder))
  })
}

test('where text messages are declared, other messages arrive as they were sent', { skip }, async () => {
  const client = await scene.open('/other', { host: chat })
  const payload = randomBytes(200_000)
  client.send({ opcode: 2, fin: false, payload }, { opcode: 9, payload: Buffer.from('p') }, { opcode: 0, payload })
  assert.equal(text(await client.next()), 'p')
  assert.ok((await nextWhole(client))?.payload.equals(Buffer.concat([payload, payload])))
  const long = 'long '.repeat(500_000)
  client.send({ ...textFrame(long), fin: false }, { opcode: 0, payload: Buffer.from('and longer') })
  assert.equal(text(await nextWhole(client)), `${long}and longer`)
  await echo(client, '')
  client.socket.destroy()
})

const unasked = [
  '/wrong-accept',
  '/two-accepts',
  '/no-upgrade',
  '/h2c',
  '/protocol',
  '/extension',
  '/unknown-extension',
]

for (const target of unasked) {
  test(`R-38: ${target} is no answer to the handshake, and nothing of it is passed on`, { skip }, async () => {
    const { response, socket } = await scene.knock(target)
    assert.equal(socket, undefined)
    assert.equal(response.statusCode, 502)
    response.resume()
    assert.equal((await scene.outcomeOf(target)).code, 'upstream_malformed')
  })
}

test('AC-13.2: an answer that changes nothing is an answer', { skip }, async () => {
  const { response } = await scene.knock('/no')
  assert.equal(response.statusCode, 403)
  assert.equal(String(await response.toArray()), 'no')
  assert.equal((await scene.outcomeOf('/no')).upstreamStatus, 403)
})

const refused: readonly (readonly [what: string, fields: Readonly<Record<string, string>>])[] = [
  ['R-37: h2c', { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': 'AAMAAABk' }],
  ['TLS', { Upgrade: 'TLS/1.2' }],
  ['two protocols', { Upgrade: 'websocket, h2c' }],
  ['an older version', { 'Sec-WebSocket-Version': '8' }],
  ['a key of another length', { 'Sec-WebSocket-Key': 'c2hvcnQ=' }],
  ['R-24: an option that is not the one', { Connection: 'notupgrade' }],
]

for (const [what, fields] of refused) {
  test(`AC-13.3: ${what} is refused, and the service hears nothing of it`, async () => {
    const requests = scene.service.requests
    const { response } = await scene.knock('/refused', { fields })
    assert.equal(response.statusCode, 501)
    const { code } = JSON.parse(String(await response.toArray())) as { code: string }
    assert.equal(code, 'upgrade_refused')
    assert.equal(scene.service.requests, requests)
  })
}

test('AC-13.3, R-37: h2c with prior knowledge is refused', async () => {
  const answer = await scene.place.inside.sendBytes(api, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
  assert.match(answer, /^HTTP\/1\.1 400 .*request_malformed/s)
})

test('AC-7.3: messages are no bodies, and no cap counts them', { skip }, async () => {
  await using capped = await openWebSocketScene({}, { maxRequestBytes: 100, maxResponseBytes: 100 })
  const client = await capped.open('/echo-capped')
  for (let round = 0; round < 3; round += 1) await echo(client, 'x'.repeat(5_000))
  client.socket.destroy()
})
