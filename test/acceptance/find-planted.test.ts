import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { findCanary, makeCanary } from '../fixtures/canary.ts'
import { findPlanted } from './find-planted.ts'

const keys = Array.from({ length: 20 }, (_, index) => ({ name: index, key: makeCanary(`key-${index}-`) }))

test('every form of every key is found, at the beginning, in the middle and at the end', () => {
  const noise = randomBytes(500)
  for (const planted of keys) {
    for (const { bytes, encoding } of planted.key.traces) {
      for (const content of [[bytes, noise], [noise, bytes, noise], [noise, bytes], [bytes]].map((parts) =>
        Buffer.concat(parts),
      )) {
        assert.deepEqual([...findPlanted(content, keys)], [planted], encoding)
        assert.ok(findCanary(content, planted.key).includes(encoding))
      }
    }
  }
})

test('a form that was cut off is not found, nor anything in noise', () => {
  const [first] = keys
  const longest = first!.key.traces.find(({ encoding }) => encoding === 'hex')!.bytes
  assert.equal(findPlanted(longest.subarray(0, -1), keys).size, 0)
  assert.equal(findPlanted(randomBytes(100_000), keys).size, 0)
  assert.equal(findPlanted(Buffer.alloc(0), keys).size, 0)
})

test('several keys in one text are all found', () => {
  const content = Buffer.from(keys.map(({ key }) => key.value).join('\n'))
  assert.equal(findPlanted(content, keys).size, keys.length)
})
