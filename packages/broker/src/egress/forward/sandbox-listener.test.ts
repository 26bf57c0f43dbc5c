import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '../../foundation/clock.ts'
import { openSandboxListener } from './sandbox-listener.ts'
import { Strangers } from './strangers.ts'

const maxConnections = 16_384

test('R-92: the door has room for 16,384 connections, each thread for its share; a further one is closed', {
  skip: process.platform !== 'linux' && 'needs Linux',
}, async () => {
  const strangers = new Strangers(systemClock, () => {})
  let welcomed = 0
  const fronts = {
    http: () => {
      welcomed += 1
    },
    socks: () => {},
  }
  // As many threads as leave room for four in each.
  const share = { of: maxConnections / 4 }
  const listener = await openSandboxListener({ host: '127.0.0.1', port: 0 }, fronts, strangers, share)
  const sockets: Socket[] = []
  const open = async (): Promise<Socket> => {
    const socket = connect(listener.port, '127.0.0.1')
    socket.on('error', () => {})
    sockets.push(socket)
    await once(socket, 'connect')
    return socket
  }
  try {
    for (let count = 0; count < 4; count += 1) await open()
    const surplus = await open()
    await once(surplus.resume(), 'close')
    for (const socket of sockets.slice(0, 4)) assert.equal(socket.destroyed, false)
    sockets[0]!.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    for (let attempt = 0; attempt < 400 && welcomed === 0; attempt += 1) await new Promise(setImmediate)
    assert.equal(welcomed, 1)
  } finally {
    for (const socket of sockets) socket.destroy()
    await listener.close()
  }
})
