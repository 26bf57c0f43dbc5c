import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ParsedRequest, parseRequestHead } from './parse-request-head.ts'

function parse(...lines: readonly string[]): ParsedRequest {
  const head = parseRequestHead(`${lines.join('\r\n')}\r\n\r\n`)
  assert.ok(!('fault' in head), JSON.stringify(head))
  return head
}

const get = 'GET / HTTP/1.1'

test('order, letters and repetition of fields are kept, and blanks around values are not', () => {
  const { method, target, minor, fields } = parse(
    'M-SEARCH /a?b HTTP/1.1',
    'HOST:a',
    'x-a: \t one  two\t ',
    'X-A:',
    'x-b: \xe9"',
  )
  assert.deepEqual([method, target, minor], ['M-SEARCH', '/a?b', 1])
  const pairs = fields.map(({ name, value }) => [name, value])
  assert.deepEqual(pairs, [
    ['HOST', 'a'],
    ['x-a', 'one  two'],
    ['X-A', ''],
    ['x-b', '\xe9"'],
  ])
})

test('none and several Host fields are for others to judge', () => {
  assert.deepEqual(parse(get).fields, [])
  assert.equal(parse(get, 'Host: a', 'Host: b').fields.length, 2)
})

test('any token is a method, and case matters', () => {
  assert.equal(parse('get! / HTTP/1.1').method, 'get!')
})

test('200 fields are read', () => {
  assert.equal(parse(get, ...Array.from({ length: 200 }, () => 'a: b')).fields.length, 200)
})

for (const target of [
  '/',
  '/a//b/../c',
  '/%70',
  '/a#b',
  '/"<>[]^`{|}\\',
  'http://a',
  'HTTP://a:80/b?c',
  'https://[::1]/',
]) {
  test(`the target ${target} is read as it was sent (R-21)`, () => {
    assert.equal(parse(`GET ${target} HTTP/1.1`).target, target)
  })
}

test('tunnels and servers as a whole are targets of their methods', () => {
  assert.equal(parse('CONNECT [::1]:443 HTTP/1.0').target, '[::1]:443')
  assert.equal(parse('OPTIONS * HTTP/1.1').target, '*')
})

for (const [what, framing, ...lines] of [
  ['nothing', { kind: 'none', declared: false }, get],
  ['a length of nothing', { kind: 'none', declared: true }, 'POST / HTTP/1.1', 'Content-Length: 0'],
  ['a length', { kind: 'length', length: 5 }, get, 'content-length: 5'],
  ['a length with zeros before it', { kind: 'length', length: 5 }, get, 'content-length: 005'],
  ['the longest length', { kind: 'length', length: 999_999_999_999_999 }, get, 'CONTENT-LENGTH: 999999999999999'],
  ['an encoding', { kind: 'chunked' }, get, 'Transfer-Encoding: chunked'],
  ['an encoding in other letters', { kind: 'chunked' }, get, 'TRANSFER-ENCODING:\tChunked'],
  ['names that are nearly those', { kind: 'none', declared: false }, get, 'X-ontent-Length: 5', 'Content_Lengtx: 5'],
  ['a length in a tunnel', { kind: 'none', declared: true }, 'CONNECT a:443 HTTP/1.1', 'Content-Length: 0'],
] as const) {
  test(`the body of a request with ${what} is framed so`, () => {
    assert.deepEqual(parse(...lines).framing, framing)
  })
}

for (const [persistent, ...lines] of [
  [true, get],
  [false, get, 'Connection: close'],
  [false, get, 'connection: X-A , Close'],
  [false, get, 'Connection: keep-alive', 'Connection: close'],
  [false, get, 'Proxy-Connection: close'],
  [true, get, 'Connection: notclose'],
  [false, 'GET / HTTP/1.0'],
  [true, 'GET / HTTP/1.0', 'Connection: Keep-Alive'],
  [true, 'GET / HTTP/1.0', 'Proxy-Connection: keep-alive'],
  [false, 'GET / HTTP/1.0', 'Proxy-Connection: keep-alive', 'Connection: close'],
  [false, 'GET / HTTP/1.0', 'Connection: keep-alive, upgrade', 'Upgrade: websocket'],
] as const) {
  test(`the connection ${persistent ? 'outlives' : 'ends with'} ${lines.join(', ')}`, () => {
    assert.equal(parse(...lines).persistent, persistent)
  })
}

for (const [upgrade, ...lines] of [
  ['websocket', get, 'Connection: keep-alive, Upgrade', 'Upgrade: websocket'],
  ['h2c, websocket', get, 'Upgrade: h2c', 'Connection: upgrade', 'upgrade: websocket'],
  [undefined, get, 'Upgrade: websocket'],
  [undefined, get, 'Connection: notupgrade', 'Upgrade: websocket'],
  [undefined, get, 'Connection: upgrade'],
  [undefined, 'GET / HTTP/1.0', 'Connection: upgrade', 'Upgrade: websocket'],
] as const) {
  test(`${upgrade ?? 'nothing'} is what ${lines.join(', ')} would change to (R-24, R-37)`, () => {
    assert.equal(parse(...lines).upgrade, upgrade)
  })
}

test('an expectation counts in HTTP/1.1 only', () => {
  assert.equal(parse(get, 'Expect: 100-Continue').expectsContinue, true)
  assert.equal(parse('GET / HTTP/1.0', 'Expect: 100-continue').expectsContinue, false)
  assert.equal(parse('GET / HTTP/1.0', 'Expect: something').expectsContinue, false)
  assert.equal(parse(get).expectsContinue, false)
})

test('a text that does not end with its empty line is no head', () => {
  for (const text of [
    '',
    'GET',
    'GET /',
    'GET / HTTP/1.1',
    'GET / HTTP/1.1\r\n',
    'GET / HTTP/1.1\r\na',
    'GET / HTTP/1.1\r\na:b',
  ]) {
    assert.ok('fault' in parseRequestHead(text))
  }
  assert.ok('fault' in parseRequestHead('GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n'))
})

test('R-40: characters beyond Latin-1, which would lose half of themselves as bytes, are refused', () => {
  for (const text of [
    'G\u0145T / HTTP/1.1\r\n\r\n',
    'GET /\u012f HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\na: \u010a\r\n\r\n',
  ]) {
    assert.ok('fault' in parseRequestHead(text))
  }
})
