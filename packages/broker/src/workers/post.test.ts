import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { CoatcheckError } from '@coatcheck/contract'
import { Post } from './post.ts'

interface Doubling {
  readonly double: { readonly ask: number; readonly answer: number }
  readonly fail: { readonly ask: 'expected' | 'unexpected'; readonly answer: null }
  readonly value: { readonly ask: null; readonly answer: { readonly value: Uint8Array } }
}

const handedOut: Uint8Array[] = []
let close: () => void = () => {}
afterEach(() => close())

/** Two ends, of which one answers. */
function openPosts() {
  const { port1, port2 } = new MessageChannel()
  const reported: unknown[] = []
  const asking = new Post<Doubling, Record<never, never>>(port1, {}, () => {})
  new Post<Record<never, never>, Doubling>(
    port2,
    {
      double: (number) => number * 2,
      fail(how) {
        if (how === 'expected') throw new CoatcheckError('grant_expired', { env: 'KEY' })
        throw new TypeError('what was being handled')
      },
      value() {
        const value = Uint8Array.of(1, 2, 3)
        handedOut.push(value)
        return { value }
      },
    },
    (_instance, error) => reported.push(error),
  )
  close = () => port1.close()
  return { asking, reported }
}

test('answers come to whoever asked', async () => {
  const { asking } = openPosts()
  assert.deepEqual(await Promise.all([1, 2, 3].map((number) => asking.ask('double', number))), [2, 4, 6])
})

test('a refusal crosses with its code and its facts', async () => {
  const { asking, reported } = openPosts()
  await assert.rejects(asking.ask('fail', 'expected'), { code: 'grant_expired', facts: { env: 'KEY' } })
  assert.deepEqual(reported, [])
})

test('R-56: an unexpected error crosses without its message, and is reported where it was', async () => {
  const { asking, reported } = openPosts()
  await assert.rejects(asking.ask('fail', 'unexpected'), (error: CoatcheckError) => {
    assert.equal(error.code, 'internal')
    assert.doesNotMatch(error.message, /handled/)
    return true
  })
  assert.equal(reported.length, 1)
})

test('a value is handed over, and no copy of it stays behind', async () => {
  const { asking } = openPosts()
  const { value } = await asking.ask('value', null)
  assert.deepEqual([...value], [1, 2, 3])
  assert.equal(handedOut.at(-1)?.byteLength, 0)
})

test('whoever waits for a thread that is gone is refused, and so is whoever asks it', async () => {
  const { asking } = openPosts()
  const waiting = asking.ask('double', 1)
  asking.close()
  await assert.rejects(waiting, { code: 'internal' })
  await assert.rejects(asking.ask('double', 1), { code: 'internal' })
})

test('no more questions wait than there is room for', async () => {
  const { asking } = openPosts()
  const all = await Promise.allSettled(Array.from({ length: 20_000 }, (_, number) => asking.ask('double', number)))
  assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 16_384)
})
