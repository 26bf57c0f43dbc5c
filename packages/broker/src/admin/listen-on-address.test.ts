import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { fakeServices } from './fake-services.suite.ts'
import { lateAdmin } from './late-admin.ts'
import { listenOnAddress } from './listen-on-address.ts'

const maxConnections = 512

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Asks for something on a connection that is open; resolves with the first line of what comes, empty when it is closed. */
async function ask(socket: Socket, port: number): Promise<string> {
  const came = once(socket, 'data').then(([data]) => String(data).split('\r\n')[0]!)
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve('')))
  socket.write(`GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`)
  return Promise.race([came, closed])
}

test('R-92: the API has room for 512 connections over TCP; a further one is closed, and those that stand are served', async () => {
  const listener = await listenOnAddress(lateAdmin(fakeServices()).listener({}), { host: '127.0.0.1', port: 0 })
  const { port } = listener.endpoint
  const sockets: Socket[] = []
  try {
    for (let count = 0; count < maxConnections; count += 1) sockets.push(await open(port))
    const first = await ask(sockets[0]!, port)
    assert.match(first, /^HTTP\/1\.1 [24]\d\d /)
    const surplus = await open(port)
    assert.equal(await ask(surplus, port), '')
    assert.equal(await ask(sockets.at(-1)!, port), first)
  } finally {
    for (const socket of sockets) socket.destroy()
    await listener.close()
  }
})
