import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findJsonMember, parsePointer } from './json-member.ts'

function find(json: string | Buffer, pointer: string) {
  return findJsonMember(Buffer.from(json), parsePointer(pointer)!)
}

const found: readonly (readonly [string, string, string])[] = [
  ['{"key":"abc"}', '/key', 'abc'],
  [' {\n "a" : [ 1 , {"b" : "x\\"]}"} ] , "key" : "abc" }\n', '/key', 'abc'],
  ['{"auth":{"token":"abc"},"token":"other"}', '/auth/token', 'abc'],
  ['[["x","abc"]]', '/0/1', 'abc'],
  ['{"a/b":{"~":"abc"}}', '/a~1b/~0', 'abc'],
  ['{"":"abc"}', '/', 'abc'],
  ['{"k\\u0065y":"\\u0061bc"}', '/key', 'abc'],
  ['{"ü":"🙂 {","key":"abc"}', '/key', 'abc'],
  ['{"a":-1.5e3,"b":true,"c":null,"key":"abc"}', '/key', 'abc'],
]
for (const [json, pointer, text] of found) {
  test(`the member ${pointer} of ${JSON.stringify(json)} is found`, () => {
    const body = Buffer.from(json)
    const finding = find(json, pointer)
    assert.ok(finding !== undefined && 'span' in finding)
    assert.equal(finding.text, text)
    const { start, end } = finding.span
    assert.deepEqual([body[start - 1], body[end]], [0x22, 0x22])
    assert.equal(JSON.parse(body.toString('utf8', start - 1, end + 1)), text)
  })
}

const absent: readonly (readonly [string, string])[] = [
  ['{}', '/key'],
  ['[]', '/0'],
  ['{"Key":"abc"}', '/key'],
  ['{"key":{"a":"abc"}}', '/key'],
  ['{"key":["abc"]}', '/key'],
  ['{"key":null}', '/key'],
  ['{"key":17}', '/key'],
  ['{"key":""}', '/key'],
  ['["a"]', '/1'],
  ['["a"]', '/-'],
  ['["a"]', '/00'],
  ['["a"]', '/length'],
  ['"abc"', '/key'],
  ['{"a":"b"}', '/a/b'],
]
for (const [json, pointer] of absent) {
  test(`there is no text at ${pointer} of ${json}`, () => assert.equal(find(json, pointer), undefined))
}

const unreadable: readonly (readonly [string, string | Buffer, string])[] = [
  ['a second member of the name', '{"key":"a","key":"b"}', '/key'],
  ['a second one, escaped', '{"key":"a","\\u006bey":"b"}', '/key'],
  ['a second one on the way', '{"auth":{},"auth":{"key":"a"}}', '/auth/key'],
  ['a comment', '{"key":"a"/**/}', '/key'],
  ['a comma at the end', '{"key":"a",}', '/key'],
  ['something behind it', '{"key":"a"} {}', '/key'],
  ['a byte order mark', '\uFEFF{"key":"a"}', '/key'],
  ['UTF-16', Buffer.from('{"key":"a"}', 'utf16le'), '/key'],
  ['no UTF-8', Buffer.from('{"key":"a\xff"}', 'latin1'), '/key'],
  ['its end missing', '{"key":"a"', '/key'],
]
for (const [what, json, pointer] of unreadable) {
  test(`JSON with ${what} cannot be read (R-65)`, () => {
    const finding = find(json, pointer)
    assert.ok(finding !== undefined && 'reason' in finding)
  })
}

test('a member that stands twice where the pointer does not go is nobody’s business', () => {
  const finding = find('{"x":1,"x":2,"o":{"a":1,"a":2},"key":"abc"}', '/key')
  assert.ok(finding !== undefined && 'span' in finding)
})

test('very deep JSON is read without a stack', () => {
  const depth = 50_000
  const finding = find(`{"a":${'['.repeat(depth)}${']'.repeat(depth)},"key":"abc"}`, '/key')
  assert.ok(finding !== undefined)
})

test('pointers are those of RFC 6901, and not the empty one', () => {
  for (const text of ['', 'key', '/a~', '/a~2', '#/a']) assert.equal(parsePointer(text), undefined, text)
  assert.deepEqual(parsePointer('/a~1b/~01//c'), ['a/b', '~1', '', 'c'])
})
