import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readStreamRequest } from './read-request.ts'

const usual = [':method', 'GET', ':scheme', 'https', ':authority', 'api.example.com', ':path', '/a?b']

test('the pseudo-fields become method, target and one Host', () => {
  const request = readStreamRequest([...usual, 'x-a', '1', 'x-a', '2'], true)
  assert.deepEqual([request.method, request.target, request.fault], ['GET', '/a?b', undefined])
  assert.deepEqual(
    request.fields.map(({ name, value }) => `${name}: ${value}`),
    ['Host: api.example.com', 'x-a: 1', 'x-a: 2'],
  )
})

const hosts: readonly [what: string, raw: readonly string[], expected: readonly string[]][] = [
  ['an authority', [...usual], ['api.example.com']],
  ['a Host that agrees', [...usual, 'host', 'API.example.com'], ['api.example.com']],
  ['a Host that does not agree', [...usual, 'host', 'evil.example'], ['api.example.com', 'evil.example']],
  [
    'two that agree',
    [...usual, 'host', 'api.example.com', 'host', 'api.example.com'],
    Array(3).fill('api.example.com'),
  ],
  ['a Host alone', [...usual.slice(0, 4), ...usual.slice(6), 'host', 'api.example.com'], ['api.example.com']],
  ['neither', [...usual.slice(0, 4), ...usual.slice(6)], []],
]

for (const [what, raw, expected] of hosts) {
  test(`R-06: ${what} leaves as many hosts as were said`, () => {
    const { fields } = readStreamRequest(raw, true)
    const named = fields.filter(({ name }) => name.toLowerCase() === 'host').map(({ value }) => value)
    assert.deepEqual(named, expected)
  })
}

const framings: readonly [what: string, further: readonly string[], isWhole: boolean, expected: object][] = [
  ['no body', [], true, { kind: 'none', declared: false }],
  ['an empty body', ['content-length', '0'], true, { kind: 'none', declared: true }],
  ['a body of some length', ['content-length', '7'], false, { kind: 'length', length: 7 }],
  ['a body without a length', [], false, { kind: 'chunked' }],
]

for (const [what, further, isWhole, expected] of framings) {
  test(`${what} is framed as it would be over HTTP/1.1`, () => {
    assert.deepEqual(readStreamRequest([...usual, ...further], isWhole).framing, expected)
  })
}

const faults: readonly [what: string, raw: readonly string[], fault: string][] = [
  ['a pseudo-field twice', [...usual, ':path', '/b'], 'pseudo_field'],
  ['one behind the fields', ['x-a', '1', ...usual], 'pseudo_field'],
  ['one that is not known', [...usual, ':protocol', 'websocket'], 'pseudo_field'],
  ['no method', usual.slice(2), 'pseudo_field'],
  ['another scheme', usual.with(3, 'http'), 'scheme'],
  ['a space in the path', usual.with(7, '/a b'), 'target'],
  ['a target in absolute-form', usual.with(7, 'https://evil.example/'), 'target'],
  ['a connection field', [...usual, 'transfer-encoding', 'chunked'], 'connection_field'],
  ['a TE that names a coding', [...usual, 'te', 'gzip'], 'connection_field'],
  ['a name in upper case', [...usual, 'X-A', '1'], 'field_name'],
  ['an underscore in a framing field', [...usual, 'content_length', '3'], 'field_name'],
  ['a line break in a value', [...usual, 'x-a', '1\r\nx-b: 2'], 'field_value'],
  ['a blank around a value', [...usual, 'x-a', ' 1'], 'field_value'],
  ['two lengths', [...usual, 'content-length', '3', 'content-length', '3'], 'length_repeated'],
  ['a length without a body', [...usual, 'content-length', '3'], 'length_invalid'],
  ['an expectation that is not known', [...usual, 'expect', '200-ok'], 'expectation'],
  ['too many fields', [...usual, ...Array.from({ length: 402 }, () => 'x')], 'too_many_fields'],
]

for (const [what, raw, fault] of faults) {
  test(`${what} makes it no request`, () => assert.equal(readStreamRequest(raw, true).fault, fault))
}

test('crumbs of a cookie are one field, where the first one stood', () => {
  const { fields } = readStreamRequest([...usual, 'cookie', 'a=1', 'x-a', '1', 'cookie', 'b=2'], true)
  assert.deepEqual(
    fields.slice(1).map(({ name, value }) => `${name}: ${value}`),
    ['cookie: a=1; b=2', 'x-a: 1'],
  )
})

test('a CONNECT is one, whatever else is missing', () => {
  const request = readStreamRequest([':method', 'CONNECT', ':authority', 'evil.example:443'], false)
  assert.deepEqual([request.method, request.target, request.fault], ['CONNECT', '/', undefined])
})
