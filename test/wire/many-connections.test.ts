import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import {
  api,
  headOf,
  openRawScene,
  type PlaneName,
  planes,
  type RawScene,
  readAll,
  readUntil,
} from './own-plane-scene.ts'
import { poll } from './poll.ts'

const crowd = 500
const scenes = new Map<PlaneName, RawScene>()

before(async () => {
  for (const plane of planes) scenes.set(plane, await openRawScene(plane))
})
after(async () => {
  for (const scene of scenes.values()) await scene[Symbol.asyncDispose]()
})

for (const plane of planes) {
  test(`AC-23.2, ${plane} plane: ${crowd} requests of one sandbox that wait for their service keep no other one waiting`, async () => {
    const { createSandbox, inside, origin } = scenes.get(plane)!
    const other = await createSandbox()
    const held = Promise.withResolvers<void>()
    let waiting = 0
    origin.answer = async ({ line, socket }) => {
      if (line.includes('/held')) {
        waiting += 1
        await held.promise
      }
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
    }
    const sockets: TLSSocket[] = []
    while (sockets.length < crowd) {
      sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => inside.connectTls(api)))))
    }
    const head = `${headOf(inside, 'GET /held HTTP/1.1', ['Connection: close'])}\r\n`
    const answers = sockets.map((socket) => {
      socket.write(head)
      return readAll(socket)
    })
    await poll(() => (waiting === crowd ? true : undefined))

    const socket = await other.connectTls(api)
    for (let round = 0; round < 20; round += 1) {
      socket.write(`${headOf(other, 'GET / HTTP/1.1')}\r\n`)
      assert.match(await readUntil(socket, /ok$/), /^HTTP\/1\.1 200 OK\r\n/)
    }
    assert.equal(waiting, crowd)
    held.resolve()
    for (const answer of await Promise.all(answers)) assert.match(answer, /^HTTP\/1\.1 200 OK\r\n[\s\S]*ok$/)
    socket.destroy()
    await other.end()
  })
}
