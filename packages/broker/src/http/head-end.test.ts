import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findHeadEnd } from './head-end.ts'

const head = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

test('R-64: the end of a head is found wherever the search was broken off', () => {
  const bytes = Buffer.from(head + head)
  for (let from = 0; from < head.length; from += 1) {
    assert.equal(findHeadEnd(bytes.subarray(0, from), 0, 0), -1)
    assert.equal(findHeadEnd(bytes, 0, from), head.length)
    assert.equal(findHeadEnd(bytes, head.length, head.length + from), 2 * head.length)
  }
})

test('the end of what lies before the head is not its own', () => {
  const bytes = Buffer.from(`${head}\n\r\nGET`)
  assert.equal(findHeadEnd(bytes, head.length, head.length), -1)
  assert.equal(findHeadEnd(bytes, head.length - 1, head.length - 1), -1)
})

test('R-35: no other line ends make an empty line', () => {
  for (const text of ['a\n\n', 'a\r\r', 'a\n\r\n', 'a\r\n\n', 'a\r\n\r', 'a\r\n \r\n']) {
    assert.equal(findHeadEnd(Buffer.from(text), 0, 0), -1)
  }
})
