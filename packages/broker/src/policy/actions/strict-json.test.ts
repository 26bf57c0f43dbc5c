import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { memberOf, memberOfEither, readStrictJson } from './strict-json.ts'

const unreadable = { code: 'body_unreadable' }

test('any JSON is read as everybody reads it', () => {
  // Names that stand there twice, or halves of characters, are not made by this.
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      const value: unknown = JSON.parse(text)
      assert.deepEqual(readStrictJson(Buffer.from(JSON.stringify(value))), value)
    }),
  )
})

test('a member that stands there twice is found at any depth and under any escape', () => {
  for (const text of [
    '{"a":1,"a":2}',
    '[{"b":{"a":1,"\\u0061":1}}]',
    '{"":1,"":1}',
    '{"a\\"":1,"a\\"":2}',
    '{"__proto__":1,"__proto__":2}',
  ])
    assert.throws(() => readStrictJson(Buffer.from(text)), unreadable, text)
  for (const text of [
    '{"a":"a","b":["a","a"],"c":{"a":1}}',
    '[{"a":1},{"a":1}]',
    '{"a":"\\"a\\":1","b":"{\\"b\\":1}"}',
    '{"A":1,"a":2}',
  ])
    assert.deepEqual(readStrictJson(Buffer.from(text)), JSON.parse(text), text)
})

test('what is no text everywhere, goes on, or is too deep is unreadable', () => {
  const bytes = [
    Buffer.from('\uFEFF{}'),
    Buffer.from('{}x'),
    Buffer.from('{} {}'),
    Buffer.from("{'a':1}"),
    Buffer.from('{"a":1,}'),
    Buffer.from('// x\n{}'),
    Buffer.from('NaN'),
    Buffer.from('"\\ud800"'),
    Buffer.from('"\\u0000"'),
    Buffer.from([0x22, 0xff, 0x22]),
    Buffer.from([0x22, 0xc0, 0xaf, 0x22]),
    Buffer.from('{}', 'utf16le'),
    Buffer.from(`${'['.repeat(101)}${']'.repeat(101)}`),
    Buffer.alloc(0),
  ]
  for (const each of bytes) assert.throws(() => readStrictJson(each), unreadable, each.toString('latin1'))
  assert.ok(readStrictJson(Buffer.from(`${'['.repeat(100)}${']'.repeat(100)}`)))
})

test('a member in another spelling is no absence', () => {
  for (const object of [{ Model: 1 }, { model: 1, MODEL: 2 }, { mo_del: 1 }, { 'mo-del': 1 }, { model_: 1 }])
    assert.throws(() => memberOf(object, 'model'), unreadable)
  assert.throws(() => memberOf({ 'to\u212aens': 1 }, 'tokens'), unreadable)
  assert.equal(memberOf({ models: 1 }, 'model'), undefined)
  assert.equal(memberOf({ model: null }, 'model'), undefined)
  assert.equal(memberOf(JSON.parse('{"x":1}') as Record<string, unknown>, 'constructor'), undefined)
  assert.throws(() => memberOfEither({ aB: 1, a_b: 1 }, ['aB', 'a_b']), unreadable)
  assert.equal(memberOfEither({ a_b: 1 }, ['aB', 'a_b']), 1)
})
