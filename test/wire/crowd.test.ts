import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { poll } from './poll.ts'
import { type Inside, openWorld, type World } from './world.ts'

const room = 1_024

let world: World
let inside: Inside
let other: Inside

before(async () => {
  world = await openWorld()
  const network = { allow: ['one.service.test'] }
  inside = await world.createSandbox({ network })
  other = await world.createSandbox({ network })
})

after(() => world[Symbol.asyncDispose]())

async function open(place: Inside, address = place.addressOf('coatcheck.internal')): Promise<Socket> {
  const socket = connect(place.portOf(80), await address)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

test('R-82: one sandbox with more connections than it has room for takes none from another', async () => {
  const address = inside.addressOf('coatcheck.internal')
  const sockets: Socket[] = []
  for (let count = 0; count < room + 8; count += 1) sockets.push(await open(inside, address))
  const closed = () => sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length
  for (const socket of sockets) socket.resume()
  await poll(() => (closed() === 8 ? true : undefined))
  const [refused] = (await world.events()).filter(({ event }) => event.code === 'rate_limited')
  assert.equal(refused?.event.sandbox, inside.sandbox.id)

  const served = await open(other)
  served.write('GET /self HTTP/1.1\r\nHost: coatcheck.internal\r\nConnection: close\r\n\r\n')
  const [answer] = (await once(served, 'data')) as [Buffer]
  assert.match(answer.toString(), /^HTTP\/1\.1 200 /)

  sockets[0]?.destroy()
  const again = await poll(async () => {
    const socket = await open(inside, address)
    socket.write('GET / HTTP/1.1\r\nHost: coatcheck.internal\r\nConnection: close\r\n\r\n')
    const chunks = await socket.toArray()
    return chunks.length > 0 ? Buffer.concat(chunks).toString() : undefined
  })
  assert.match(again, /^HTTP\/1\.1 200 /)
  for (const socket of [...sockets, served]) socket.destroy()
})
