import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readEvents, type StreamEvent } from './read-events.ts'

async function read(chunks: readonly Uint8Array[]): Promise<StreamEvent[]> {
  const events: StreamEvent[] = []
  const source = (async function* () {
    yield* chunks
  })()
  for await (const event of readEvents(source)) events.push(event)
  return events
}

test('events are the same wherever the stream is cut', async () => {
  const text =
    'event: open\ndata: {}\n\n: a comment\n\nevent: refused\ndata: {"host":"ex\u00e4mple.com"}\n\ndata: 1\n\n'
  const bytes = new TextEncoder().encode(text)
  const expected = await read([bytes])
  assert.deepEqual(expected, [
    { event: 'open', data: {} },
    { event: 'refused', data: { host: 'exämple.com' } },
    { event: 'message', data: 1 },
  ])
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 12 }), async (cuts) => {
      const at = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end))
      assert.deepEqual(await read(chunks), expected)
    }),
  )
})

test('an event without end is not collected for ever', async () => {
  const endless = Array.from({ length: 5 }, () => new TextEncoder().encode('x'.repeat(300_000)))
  await assert.rejects(read(endless), RangeError)
})

test('an event that is cut off is dropped', async () => {
  assert.deepEqual(await read([new TextEncoder().encode('event: refused\ndata: {"id":1}')]), [])
})
