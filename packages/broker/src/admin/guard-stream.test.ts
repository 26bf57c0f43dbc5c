import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { eventStream } from './event-stream.ts'
import { guardStream } from './guard-stream.ts'

function endless(state: { closed: boolean }): Response {
  return eventStream(
    {
      async *events(signal) {
        yield { event: 'open', data: {} }
        while (!signal.aborted) await delay(10)
      },
      closed: () => {
        state.closed = true
      },
      failed: (error) => assert.fail(String(error)),
    },
    new AbortController().signal,
  )
}

test('R-108: a stream ends for both sides once its reader may not stay', async () => {
  const state = { closed: false }
  let mayStay = true
  const reader = guardStream(endless(state), () => mayStay).body!.getReader()
  assert.match(Buffer.from((await reader.read()).value!).toString(), /event: open/)
  const next = reader.read()
  mayStay = false
  assert.equal((await next).done, true)
  assert.ok(state.closed)
})

test('a reader that goes away ends the stream behind the guard', async () => {
  const state = { closed: false }
  const reader = guardStream(endless(state), () => true).body!.getReader()
  await reader.read()
  await reader.cancel()
  assert.ok(state.closed)
})

test('a reply that is no stream passes as it is', () => {
  const reply = Response.json({ ok: true })
  assert.equal(
    guardStream(reply, () => false),
    reply,
  )
})
