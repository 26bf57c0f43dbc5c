import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whileWaiting } from './while-waiting.ts'

function recordingStream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  let text = ''
  const write = (chunk: string): boolean => {
    text += chunk
    return true
  }
  return { stream: { isTTY, write } as unknown as NodeJS.WriteStream, text: () => text }
}

/** A clock and timers that the test moves. */
function longWait(context: { mock: typeof import('node:test').mock }): (ms: number) => void {
  let now = 0
  context.mock.method(performance, 'now', () => now)
  context.mock.timers.enable({ apis: ['setInterval'] })
  return (ms) => {
    now += ms
    context.mock.timers.tick(ms)
  }
}

test('a short wait draws nothing', async () => {
  const { stream, text } = recordingStream(true)
  assert.equal(await whileWaiting(stream, 'Starting', Promise.resolve(7)), 7)
  assert.equal(text(), '')
})

test('a long wait is said on a terminal, and taken away again, also when it fails', async (context) => {
  const pass = longWait(context)
  const { stream, text } = recordingStream(true)
  const { promise, reject } = Promise.withResolvers<void>()
  const waiting = whileWaiting(stream, 'Starting', promise)
  pass(1_250)
  assert.match(text(), /^\rStarting\./)
  reject(new Error('it failed'))
  await assert.rejects(waiting, /it failed/)
  assert.match(text(), /\r {11}\r$/)
})

test('nothing is drawn where there is no terminal', async (context) => {
  const pass = longWait(context)
  const { stream, text } = recordingStream(false)
  const { promise, resolve } = Promise.withResolvers<void>()
  const waiting = whileWaiting(stream, 'Starting', promise)
  pass(5_000)
  resolve()
  await waiting
  assert.equal(text(), '')
})
