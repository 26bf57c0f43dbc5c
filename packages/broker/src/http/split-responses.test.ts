import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeadFaultCode } from './head-fault.ts'
import { readResponse } from './read-messages.suite.ts'

/** A response with these field lines. */
function ok(...lines: readonly string[]): string {
  return `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`
}

function chunked(body: string): string {
  return `${ok('Transfer-Encoding: chunked')}${body}`
}

const refused: readonly (readonly [what: string, bytes: string, fault: HeadFaultCode])[] = [
  ['a line break before the status line', `\r\n${ok()}`, 'status_line'],
  ['a space before the version', ` ${ok()}`, 'status_line'],
  ['a bare LF behind the status line (R-41)', 'HTTP/1.1 200 OK\nX: a\r\n\r\n', 'status_line'],
  ['a bare CR in the reason (R-41)', 'HTTP/1.1 200 OK\rX: a\r\n\r\n', 'status_line'],
  ['NUL in the reason (R-41)', 'HTTP/1.1 200 O\0K\r\n\r\n', 'status_line'],
  ['an escape in the reason (R-41)', 'HTTP/1.1 200 \x1b[2J\r\n\r\n', 'status_line'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n', 'status_line'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n', 'status_line'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n', 'status_line'],
  ['a status with a sign', 'HTTP/1.1 +20 OK\r\n\r\n', 'status_line'],
  ['a tab behind the status', 'HTTP/1.1 200\tOK\r\n\r\n', 'status_line'],
  ['no status', 'HTTP/1.1\r\n\r\n', 'status_line'],
  ['two spaces before the status', 'HTTP/1.1  200 OK\r\n\r\n', 'status_line'],
  ['a version in lower case', 'http/1.1 200 OK\r\n\r\n', 'status_line'],
  ['the name of another protocol', 'ICY 200 OK\r\n\r\n', 'status_line'],
  ['HTTP/2', 'HTTP/2 200 \r\n\r\n', 'version'],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n', 'version'],
  ['HTTP/0.9', 'HTTP/0.9 200 OK\r\n\r\n', 'version'],
  ['a space before the colon', ok('Content-Length : 5'), 'field_name'],
  ['a folded line (R-39)', ok('Set-Cookie: a', ' b'), 'field_name'],
  ['a line without a name', ok('nonsense'), 'field_name'],
  ['a bare LF in a value', ok('X: a\nSet-Cookie: b'), 'field_value'],
  ['a bare CR in a value', ok('X: a\rSet-Cookie: b'), 'field_value'],
  ['NUL in a value', ok('X: \0'), 'field_value'],
  ['201 fields (R-42)', ok(...Array.from({ length: 201 }, () => 'a: b')), 'too_many_fields'],
  ['a length and an encoding', ok('Content-Length: 5', 'Transfer-Encoding: chunked'), 'length_and_encoding'],
  ['two lengths', ok('Content-Length: 5', 'Content-Length: 5'), 'length_repeated'],
  ['a list of lengths', ok('Content-Length: 5, 5'), 'length_invalid'],
  ['a negative length', ok('Content-Length: -1'), 'length_invalid'],
  ['an encoding that is unknown', ok('Transfer-Encoding: gzip, chunked'), 'encoding_unsupported'],
  ['the encoding identity', ok('Transfer-Encoding: identity'), 'encoding_unsupported'],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', 'encoding_unsupported'],
  ['a bad length where there is no body', 'HTTP/1.1 204 \r\nContent-Length: x\r\n\r\n', 'length_invalid'],
  [
    'a length and an encoding where there is no body',
    ok('Content-Length: 5', 'Transfer-Encoding: x'),
    'length_and_encoding',
  ],
  ['a bare LF behind a size', chunked('1\na\r\n0\r\n\r\n'), 'chunk_size'],
  ['a space behind a size', chunked('1 \r\na\r\n0\r\n\r\n'), 'chunk_size'],
  ['a bare LF in an extension', chunked('1;a\na\r\n0\r\n\r\n'), 'chunk_extension'],
  ['a bare CR in an extension', chunked('1;a\rb\r\na\r\n0\r\n\r\n'), 'chunk_size'],
  ['an empty extension', chunked('1;\r\na\r\n0\r\n\r\n'), 'chunk_extension'],
  ['a quoted extension', chunked('1;a="\r\n"\r\na\r\n0\r\n\r\n'), 'chunk_extension'],
  ['an endless extension (R-42)', chunked(`1;${'a'.repeat(2000)}`), 'chunk_extension'],
  ['no line break behind a chunk', chunked('1\r\nab'), 'chunk_end'],
  ['a trailer that frames', chunked('0\r\nContent-Length: 5\r\n\r\n'), 'field_name'],
  ['a trailer that encodes', chunked('0\r\ntransfer_encoding: chunked\r\n\r\n'), 'field_name'],
  ['a trailer that routes', chunked('0\r\nHost: a\r\n\r\n'), 'field_name'],
  ['a folded trailer (R-39)', chunked('0\r\nX: a\r\n b\r\n\r\n'), 'field_name'],
  ['a bare LF in a trailer (R-39)', chunked('0\r\nX: a\nY: b\r\n\r\n'), 'field_value'],
  ['endless trailers (R-42)', chunked(`0\r\nX: ${'a'.repeat(20_000)}`), 'trailers_too_long'],
]

for (const [what, bytes, fault] of refused) {
  test(`R-35: a response with ${what} is refused`, () => {
    assert.deepEqual(readResponse(Buffer.from(bytes, 'latin1'), 'GET'), { messages: [], fault })
  })
}
