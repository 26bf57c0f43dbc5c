import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ParsedResponse, parseResponseHead } from './parse-response-head.ts'

function parse(method: string, ...lines: readonly string[]): ParsedResponse {
  const head = parseResponseHead(`${lines.join('\r\n')}\r\n\r\n`, method)
  assert.ok(!('fault' in head), JSON.stringify(head))
  return head
}

for (const [line, status, reason, minor] of [
  ['HTTP/1.1 200 OK', 200, 'OK', 1],
  ['HTTP/1.0 404 Not Found', 404, 'Not Found', 0],
  ['HTTP/1.1 200 ', 200, '', 1],
  ['HTTP/1.1 200', 200, '', 1],
  ['HTTP/1.1 999 caf\xe9\t!', 999, 'caf\xe9\t!', 1],
  ['HTTP/1.1 100 Continue', 100, 'Continue', 1],
] as const) {
  test(`the status line ${line} is read`, () => {
    const head = parse('GET', line)
    assert.deepEqual([head.status, head.reason, head.minor], [status, reason, minor])
  })
}

const none = { kind: 'none', declared: false }
const declared = { kind: 'none', declared: true }
const length = 'Content-Length: 5'
const chunked = 'Transfer-Encoding: chunked'

for (const [method, status, lines, framing] of [
  ['GET', 200, [], { kind: 'until-close' }],
  ['GET', 200, [length], { kind: 'length', length: 5 }],
  ['GET', 200, ['Content-Length: 0'], declared],
  ['GET', 200, [chunked], { kind: 'chunked' }],
  ['HEAD', 200, [], none],
  ['HEAD', 200, [length], declared],
  ['HEAD', 200, [chunked], none],
  ['GET', 100, [], none],
  ['GET', 103, [], none],
  ['GET', 101, [], none],
  ['GET', 204, [], none],
  ['GET', 304, [length], declared],
  ['CONNECT', 200, [], none],
  ['CONNECT', 200, [chunked], none],
  ['CONNECT', 407, [length], { kind: 'length', length: 5 }],
  ['head', 200, [length], { kind: 'length', length: 5 }],
] as const) {
  test(`the body of ${status} to ${method} with ${lines.join(', ') || 'no framing'} is framed so`, () => {
    assert.deepEqual(parse(method, `HTTP/1.1 ${status} x`, ...lines).framing, framing)
  })
}

for (const [persistent, ...lines] of [
  [true, 'HTTP/1.1 200 OK', length],
  [false, 'HTTP/1.1 200 OK', length, 'Connection: close'],
  [false, 'HTTP/1.1 200 OK'],
  [false, 'HTTP/1.1 200 OK', 'Connection: keep-alive'],
  [true, 'HTTP/1.1 204 No Content'],
  [false, 'HTTP/1.0 200 OK', length],
  [true, 'HTTP/1.0 200 OK', length, 'Connection: keep-alive'],
] as const) {
  test(`the connection ${persistent ? 'outlives' : 'ends with'} ${lines.join(', ')}`, () => {
    assert.equal(parse('GET', ...lines).persistent, persistent)
  })
}
