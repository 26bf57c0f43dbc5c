import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRequestHead } from './parse-request-head.ts'
import { RememberedHeads } from './remembered-heads.ts'

function headFor(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`, 'latin1')
}

function remembered(...paths: readonly string[]) {
  const heads = new RememberedHeads(() => ({ text: '' }))
  for (const path of paths) {
    const bytes = headFor(path)
    const request = parseRequestHead(bytes.toString('latin1'))
    assert.ok(!('fault' in request))
    heads.add(bytes, bytes.length, request)
    // What was read lies in memory that is used again.
    bytes.fill('x')
  }
  return heads
}

const find = (heads: ReturnType<typeof remembered>, bytes: Buffer, end = bytes.length) =>
  heads.find(bytes, end)?.request.target

test('a head with the same bytes is found, with what was noted about it', () => {
  const heads = remembered('/one')
  const bytes = Buffer.concat([headFor('/one'), Buffer.from('what follows')])
  const end = headFor('/one').length
  const found = heads.find(bytes, end)
  assert.equal(found?.request.target, '/one')
  found.notes.text = 'noted'
  assert.equal(heads.find(headFor('/one'), end)?.notes.text, 'noted')
})

test('R-21: a head that differs in one byte, or ends elsewhere, is another one', () => {
  const heads = remembered('/one')
  const whole = headFor('/one')
  for (let at = 0; at < whole.length; at += 1) {
    const other = Buffer.from(whole)
    other[at]! ^= 1
    assert.equal(find(heads, other), undefined, `byte ${at}`)
  }
  assert.equal(find(heads, whole, whole.length - 2), undefined)
  assert.equal(find(heads, headFor('/on')), undefined)
})

test('of two heads of one length the later one is remembered', () => {
  const heads = remembered('/one', '/two')
  assert.deepEqual([find(heads, headFor('/one')), find(heads, headFor('/two'))], [undefined, '/two'])
})

test('so many are remembered, none that is long, and none once they are cleared', () => {
  const paths = Array.from({ length: 40 }, (_, index) => `/${'a'.repeat(index)}`)
  const heads = remembered(...paths)
  const found = paths.filter((path) => find(heads, headFor(path)) !== undefined)
  assert.deepEqual(found, paths.slice(-32))
  const long = `/${'b'.repeat(3_000)}`
  assert.equal(find(remembered(long), headFor(long)), undefined)
  heads.clear()
  assert.equal(find(heads, headFor(paths.at(-1)!)), undefined)
})
