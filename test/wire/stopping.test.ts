import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { command } from './redis-client.ts'
import { openWorld } from './world.ts'

const rounds = 6
const host = 'cache.service.test'

/** A service that says yes to everything. */
async function startService() {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    socket.on('data', () => socket.write('+OK\r\n'))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

test('a broker that stops while clients come and go begins nothing more, and reads nothing of what was its home', async (context) => {
  const service = await startService()
  context.after(() => service.close())
  for (let round = 0; round < rounds; round += 1) {
    const world = await openWorld()
    const scopes = [
      { to: `redis://${host}:${service.port}`, pin: { address: '127.0.0.1' }, inject: { kind: 'redis', tls: 'off' } },
    ]
    await world.client.secrets.create({ name: 'cache', value: 'a-password-of-nobody', scopes })
    const inside = await world.createSandbox({ secrets: { CACHE_URL: 'cache' } })
    const { env } = inside.sandbox.connect
    const place = { host: await inside.addressOf(env['REDIS_HOST']!), port: inside.portOf(6379) }
    const clients = new Set<Socket>()
    const login = command('AUTH', env['REDISCLI_AUTH']!)
    const coming = setInterval(() => {
      const client = connect(place).on('error', () => {})
      clients.add(client)
      client.write(login)
    }, 1)
    await sleep(20 * round)
    await world[Symbol.asyncDispose]()
    // Whoever was on the way in arrives now.
    await sleep(50)
    clearInterval(coming)
    for (const client of clients) client.destroy()
    assert.deepEqual(world.faults, [])
  }
})
