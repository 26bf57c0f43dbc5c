import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { encodeFrame, type Frame, textFrame } from '../fixtures/websocket-frames.ts'
import { plateau, poll } from './poll.ts'
import { waysIn } from './ways-in.ts'
import { api, type ClientSocket, chat, openWebSocketScene, type WebSocketScene } from './websocket-scene.ts'
import { testedPlane } from './world.ts'

const skip = testedPlane === 'reference' && 'the reference plane refuses upgrades'

interface Cause {
  readonly name: string
  readonly code: string
  happen(scene: WebSocketScene): Promise<unknown>
}

const causes: readonly Cause[] = [
  {
    name: 'detaching the secret',
    code: 'grant_ended',
    happen: ({ world, place }) => world.client.sandboxes.detach(place.inside.sandbox.id, 'API_KEY'),
  },
  { name: 'deleting the secret', code: 'grant_ended', happen: ({ world }) => world.client.secrets.delete('api') },
  {
    name: 'a lockdown of the secret',
    code: 'grant_ended',
    happen: ({ world }) => world.client.lockdown({ secret: 'api' }),
  },
  {
    name: 'denying the hosts',
    code: 'destination_denied',
    happen: ({ world, place }) =>
      world.client.sandboxes.update(place.inside.sandbox.id, { network: { deny: [api, chat] } }),
  },
  { name: 'locking the vault', code: 'secret_unavailable', happen: ({ world }) => world.client.vault.lock() },
  { name: 'the end of the sandbox', code: 'sandbox_expired', happen: ({ place }) => place.inside.end() },
  {
    name: 'a lockdown of everything',
    code: 'sandbox_expired',
    happen: ({ world }) => world.client.lockdown({ all: true }),
  },
]

function closeOf(frame: Frame | undefined): readonly [number, string] {
  assert.equal(frame?.opcode, 8)
  return [frame.payload.readUInt16BE(0), frame.payload.toString('latin1', 2)]
}

for (const { name, code, happen } of causes) {
  test(`N2, G5: ${name} closes every WebSocket at both ends, by every way in, and says why`, { skip }, async () => {
    await using scene = await openWebSocketScene()
    const clients: ClientSocket[] = []
    for (const way of waysIn) clients.push(await scene.open(`/open-${clients.length}`, { way }))
    clients.push(await scene.open(`/open-${clients.length}`, { host: chat }))
    for (const client of clients) {
      client.send(textFrame('before'))
      assert.equal((await client.next())?.payload.toString(), 'before')
    }
    await happen(scene)
    for (const [index, client] of clients.entries()) {
      assert.deepEqual(closeOf(await client.next()), [1008, code], waysIn[index]?.name ?? chat)
      await client.closed
      await client.served.closed
      assert.deepEqual(closeOf(client.served.frames.at(-1)), [1008, code])
      assert.equal(client.served.frames.length, 2, 'nothing else was sent')
      const outcome = await scene.outcomeOf(`/open-${index}`)
      if (code !== 'secret_unavailable') assert.equal(outcome.code, code)
      const { status, upstreamStatus, bytesSent, bytesReceived } = outcome
      // A word with a mask, and its echo without one.
      assert.deepEqual([status, upstreamStatus, bytesSent, bytesReceived], [101, 101, 12, 8])
    }
  })
}

test('N2: in the middle of a frame nothing can be said to its reader, and the connection ends all the same', {
  skip,
}, async () => {
  await using scene = await openWebSocketScene()
  const client = await scene.open('/begun')
  client.socket.write(Buffer.from([0x82, 0xfe, 1, 0, 0, 0, 0, 0, 1, 2, 3]))
  client.served.socket.write(Buffer.from([0x82, 100, 1, 2, 3]))
  await once(client.socket, 'data')
  await scene.world.client.sandboxes.detach(scene.place.inside.sandbox.id, 'API_KEY')
  await client.closed
  await client.served.closed
  // What a service says is framed anew as it comes, so that something can always be said behind it.
  const said = await client.next()
  assert.deepEqual([said?.fin, said?.payload], [false, Buffer.from([1, 2, 3])])
  assert.deepEqual(closeOf(await client.next()), [1008, 'grant_ended'])
  assert.deepEqual([await client.next(), client.served.frames.length], [undefined, 0])
})

test('the close of a service reaches the client as it is', { skip }, async () => {
  await using scene = await openWebSocketScene()
  const client = await scene.open('/away')
  client.served.socket.end(Buffer.from([0x88, 2, 0x03, 0xe9]))
  assert.deepEqual(closeOf(await client.next()), [1001, ''])
  await client.closed
  assert.equal((await scene.outcomeOf('/away')).note, 'websocket: closed: 1001 by the service')
})

test('a service that breaks off ends the connection of its client', { skip }, async () => {
  await using scene = await openWebSocketScene()
  const client = await scene.open('/broken')
  client.served.socket.destroy()
  await client.closed
  assert.equal(await client.next(), undefined)
  assert.equal((await scene.outcomeOf('/broken')).note, 'websocket: broken off by the service')
})

test('neither side is read faster than the other one reads', { skip }, async () => {
  await using scene = await openWebSocketScene()
  const client = await scene.open('/sink')
  const payload = Buffer.alloc(1 << 20)
  const frame = Buffer.concat([Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0]), payload])
  const reply = encodeFrame({ opcode: 2, payload }, false)
  const total = 96
  client.served.socket.pause()
  let taken = 0
  for (let count = 0; count < total; count += 1) {
    client.socket.write(frame, () => {
      taken += 1
    })
  }
  assert.ok((await plateau(() => taken)) < total / 2)
  client.served.socket.resume()
  await poll(() => (client.served.frames.length === total ? true : undefined))

  client.socket.pause()
  let sent = 0
  for (let count = 0; count < total; count += 1) {
    client.served.socket.write(reply, () => {
      sent += 1
    })
  }
  assert.ok((await plateau(() => sent)) < total / 2)
  client.socket.resume()
  for (let left = total * payload.length; left > 0; ) left -= (await client.next())?.payload.length ?? assert.fail()
  client.socket.destroy()
})

test('the WebSocket of Node works by a base URL', { skip }, async () => {
  await using scene = await openWebSocketScene()
  const { id, token } = scene.place.inside.sandbox
  const { port } = new URL(scene.place.proxyUrl)
  const headers = { Authorization: `Bearer ${scene.placeholder}` }
  const socket = new WebSocket(`ws://127.0.0.1:${port}/as/${id}.${token}/api/node`, {
    headers,
    protocols: ['one', 'two'],
  })
  await once(socket, 'open')
  assert.deepEqual([socket.protocol, socket.extensions === ''], ['one', false])
  socket.send('a word')
  const [{ data }] = (await once(socket, 'message')) as [MessageEvent]
  assert.equal(data, 'a word')
  const closing = once(socket, 'close')
  await scene.world.client.sandboxes.detach(id, 'API_KEY')
  const [{ code, reason }] = (await closing) as [CloseEvent]
  assert.deepEqual([code, reason], [1008, 'grant_ended'])
})

test('the WebSocket of Node works through the proxy', { skip }, async () => {
  await using scene = await openWebSocketScene()
  const { id, token, connect } = scene.place.inside.sandbox
  const ca = join(scene.world.home, 'inside-ca.pem')
  writeFileSync(ca, connect.ca, { mode: 0o600 })
  const proxy = new URL(scene.place.proxyUrl)
  Object.assign(proxy, { username: id, password: token })
  const program = `
    const socket = new WebSocket('wss://${chat}/child')
    socket.onopen = () => socket.send(process.env.API_KEY)
    socket.onmessage = () => socket.close(1000)
    socket.onerror = ({ message }) => console.log(message)
    socket.onclose = ({ code }) => console.log(code)`
  const env = {
    PATH: process.env['PATH'] ?? '',
    API_KEY: scene.placeholder,
    HTTPS_PROXY: proxy.href,
    NODE_EXTRA_CA_CERTS: ca,
    NODE_USE_ENV_PROXY: '1',
  }
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { env, timeout: 20_000 })
  assert.equal(stdout, '1000\n')
  const [served] = scene.service.sockets
  assert.equal(served?.frames[0]?.payload.toString(), scene.key)
})
