import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { api, headOf, openRawScene, type PlaneName, planes, type RawScene, readUntil } from './own-plane-scene.ts'

const rounds = 200
const scenes = new Map<PlaneName, RawScene>()

before(async () => {
  for (const plane of planes) scenes.set(plane, await openRawScene(plane))
})
after(async () => {
  for (const scene of scenes.values()) await scene[Symbol.asyncDispose]()
})

const answer = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${text.length}\r\n\r\n${text}`
const chunked = 'Transfer-Encoding: chunked'

for (const plane of planes) {
  test(`R-44, ${plane} plane: requests sent ahead, bodies sent early and answers before the end of a request, ${rounds} rounds on one connection`, async () => {
    const { inside, origin } = scenes.get(plane)!
    origin.answer = async (request) => {
      const { fields, line, socket } = request
      const [, path = ''] = line.split(' ')
      // An answer to what has not come to its end is the last one of its connection.
      const isEarly = fields.includes('X-Early: 1')
      if (!isEarly) await request.body()
      socket.write(answer(`<${path}>`))
    }
    const socket = await inside.connectTls(api)
    const head = (line: string, ...fields: string[]): string => `${headOf(inside, line, fields)}\r\n`
    for (let round = 0; round < rounds; round += 1) {
      // Three at once, the second with its body behind its head, and the head of the next one cut in two.
      const next = head(`GET /d${round} HTTP/1.1`)
      const ahead = [
        head(`GET /a${round} HTTP/1.1`),
        `${head(`POST /b${round} HTTP/1.1`, 'Content-Length: 5')}hello`,
        `${head(`POST /c${round} HTTP/1.1`, chunked)}1\r\nx\r\n0\r\n\r\n`,
        next.slice(0, 40),
      ]
      socket.write(ahead.join(''))
      const first = await readUntil(socket, new RegExp(`</c${round}>$`))
      assert.deepEqual(first.match(/<\/\w+>/g), [`</a${round}>`, `</b${round}>`, `</c${round}>`])
      socket.write(next.slice(40))
      await readUntil(socket, new RegExp(`</d${round}>$`))
      // The answer comes while the request is on its way; then its end, with the beginning of the next round's first.
      socket.write(`${head(`POST /e${round} HTTP/1.1`, chunked, 'X-Early: 1')}3\r\nabc\r\n`)
      await readUntil(socket, new RegExp(`</e${round}>$`))
      socket.write(`2\r\nde\r\n0\r\n\r\n${head(`GET /f${round} HTTP/1.1`)}`)
      await readUntil(socket, new RegExp(`</f${round}>$`))
    }
    assert.ok(!socket.destroyed)
    socket.destroy()
  })
}
