import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeadFaultCode } from './head-fault.ts'
import { readRequests } from './read-messages.suite.ts'

const inner = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'

/** A POST with these field lines. */
function post(...lines: readonly string[]): string {
  return `${['POST / HTTP/1.1', 'Host: a', ...lines].join('\r\n')}\r\n\r\n`
}

function chunked(body: string): string {
  return `${post('Transfer-Encoding: chunked')}${body}`
}

type Row = readonly [what: string, bytes: string, fault: HeadFaultCode]

const blanks: readonly Row[] = [
  'Transfer-Encoding: Chunked\t',
  'Transfer-Encoding: chunked ',
  'Content-Length: 5 ',
  'Content-Length: 5\t',
].map((line) => [`blanks behind ${JSON.stringify(line)}`, `${post(line)}5\r\nhello\r\n0\r\n\r\n`, 'field_value'])

const lines: readonly Row[] = [
  ['a line break before the request line', `\r\n${inner}`, 'request_line'],
  ['two line breaks before the request line', `\r\n\r\n${inner}`, 'request_line'],
  ['a bare LF before the request line', `\n${inner}`, 'request_line'],
  ['a space before the method', ` GET / HTTP/1.1\r\n\r\n`, 'request_line'],
  ['a tab before the method', `\tGET / HTTP/1.1\r\n\r\n`, 'request_line'],
  ['NUL before the method', `\0GET / HTTP/1.1\r\n\r\n`, 'request_line'],
  ['two spaces behind the method', 'GET  / HTTP/1.1\r\n\r\n', 'request_line'],
  ['two spaces before the version', 'GET /  HTTP/1.1\r\n\r\n', 'request_line'],
  ['a space behind the version', 'GET / HTTP/1.1 \r\n\r\n', 'request_line'],
  ['a tab for a space', 'GET\t/ HTTP/1.1\r\n\r\n', 'request_line'],
  ['a vertical tab for a space', 'GET /\vHTTP/1.1\r\n\r\n', 'request_line'],
  ['a form feed in the target', 'GET /\f HTTP/1.1\r\n\r\n', 'request_line'],
  ['a space in the target (R-21)', 'GET /a b HTTP/1.1\r\n\r\n', 'request_line'],
  ['a byte beyond ASCII in the target (R-21)', 'GET /\xff HTTP/1.1\r\n\r\n', 'request_line'],
  ['DEL in the target (R-21)', 'GET /\x7f HTTP/1.1\r\n\r\n', 'request_line'],
  ['no target', 'GET  HTTP/1.1\r\n\r\n', 'request_line'],
  ['no version', 'GET /\r\n\r\n', 'request_line'],
  ['a bare LF behind the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 'request_line'],
  ['a bare CR behind the request line', 'GET / HTTP/1.1\rHost: a\r\n\r\n', 'request_line'],
  ['a second request line in the first', 'GET / HTTP/1.1\nGET /b HTTP/1.1\r\n\r\n', 'request_line'],
  ['a method that is no token', 'GE(T / HTTP/1.1\r\n\r\n', 'request_line'],
  ['a version in lower case', 'GET / http/1.1\r\n\r\n', 'request_line'],
  ['a version of another protocol', 'GET / HTTPS/1.1\r\n\r\n', 'request_line'],
  ['HTTP/0.9 with its number', 'GET / HTTP/0.9\r\n\r\n', 'version'],
  ['HTTP/1.2', 'GET / HTTP/1.2\r\n\r\n', 'version'],
  ['HTTP/1', 'GET / HTTP/1\r\n\r\n', 'version'],
  ['HTTP/1.10', 'GET / HTTP/1.10\r\n\r\n', 'version'],
  ['HTTP/01.1', 'GET / HTTP/01.1\r\n\r\n', 'version'],
  ['HTTP/11.1', 'GET / HTTP/11.1\r\n\r\n', 'version'],
  ['HTTP/2 without a beginning (R-37)', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'version'],
  ['a target without a slash (R-21)', 'GET a HTTP/1.1\r\n\r\n', 'target'],
  ['a host for a path (R-21)', 'GET api.example.com:443 HTTP/1.1\r\n\r\n', 'target'],
  ['an asterisk for GET', 'GET * HTTP/1.1\r\n\r\n', 'target'],
  ['an asterisk with more', 'OPTIONS *a HTTP/1.1\r\n\r\n', 'target'],
  ['an absolute target without an authority', 'GET http:///a HTTP/1.1\r\n\r\n', 'target'],
  ['an absolute target with one slash', 'GET http:/a/b HTTP/1.1\r\n\r\n', 'target'],
  ['an absolute target with backslashes', 'GET http:\\\\a\\b HTTP/1.1\r\n\r\n', 'target'],
  ['user information (R-05)', 'GET http://a@b/ HTTP/1.1\r\n\r\n', 'target'],
  ['a backslash in the authority', 'GET http://a\\@b/ HTTP/1.1\r\n\r\n', 'target'],
  ['a fragment behind the authority (R-107)', 'GET http://a#@b/ HTTP/1.1\r\n\r\n', 'target'],
  ['another scheme', 'GET gopher://a/ HTTP/1.1\r\n\r\n', 'target'],
  ['a tunnel to a path', 'CONNECT / HTTP/1.1\r\n\r\n', 'target'],
  ['a tunnel to a URL', 'CONNECT http://a:443/ HTTP/1.1\r\n\r\n', 'target'],
  ['a tunnel with user information', 'CONNECT a@b:443 HTTP/1.1\r\n\r\n', 'target'],
]

const fields: readonly Row[] = [
  ['a space before the colon', post('Content-Length : 5'), 'field_name'],
  ['a tab before the colon', post('Transfer-Encoding\t: chunked'), 'field_name'],
  ['a space before the first name', post(' Content-Length: 5'), 'field_name'],
  ['a folded line (R-39)', post('X: a', ' b'), 'field_name'],
  ['a line folded with a tab (R-39)', post('Transfer-Encoding:', '\tchunked'), 'field_name'],
  ['no colon', post('Content-Length 5'), 'field_name'],
  ['no name', post(': 5'), 'field_name'],
  ['a vertical tab in a name', post('\vContent-Length: 5'), 'field_name'],
  ['a vertical tab behind a name', post('Transfer-Encoding\v: chunked'), 'field_name'],
  ['NUL in a name', post('Content\0-Length: 5'), 'field_name'],
  ['DEL in a name', post('Content-Length\x7f: 5'), 'field_name'],
  ['a byte beyond ASCII in a name', post('Content-Length\xa0: 5'), 'field_name'],
  ['quotes around a name', post('"Content-Length": 5'), 'field_name'],
  ['an underscore in Content_Length', post('Content_Length: 5'), 'field_name'],
  ['an underscore in Transfer_Encoding', post('transfer_encoding: chunked'), 'field_name'],
  ['a bare LF that ends a value', 'GET / HTTP/1.1\r\nX: a\nContent-Length: 5\r\n\r\n', 'field_value'],
  ['a head that ends with bare LFs', `GET / HTTP/1.1\r\nX: a\n\n${inner}`, 'field_value'],
  ['LF CRLF at the end', `GET / HTTP/1.1\r\nX: a\n\r\n${inner}`, 'field_value'],
  ['a bare CR in a value', post('X: a\rContent-Length: 5'), 'field_value'],
  ['CR CR LF', post('X: a\r'), 'field_value'],
  ['NUL in a value', post('X: a\0b'), 'field_value'],
  ['a vertical tab before a value', post('Transfer-Encoding: \vchunked'), 'field_value'],
  ['a form feed behind a value', post('Transfer-Encoding: chunked\f'), 'field_value'],
  ['a backspace in a value', post('X: a\b'), 'field_value'],
  ['an escape in a value', post('X: \x1b[2J'), 'field_value'],
  ['DEL in a value', post('X: \x7f'), 'field_value'],
  ['201 fields', post(...Array.from({ length: 200 }, () => 'a: b')), 'too_many_fields'],
]

const framing: readonly Row[] = [
  ['CL.TE', `${post('Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\nG`, 'length_and_encoding'],
  ['TE.CL', `${post('Transfer-Encoding: chunked', 'Content-Length: 4')}5c\r\nG`, 'length_and_encoding'],
  ['CL.0 with an encoding', post('Content-Length: 0', 'Transfer-Encoding: chunked'), 'length_and_encoding'],
  [
    'a length and an encoding that is unknown',
    post('Content-Length: 5', 'Transfer-Encoding: x'),
    'length_and_encoding',
  ],
  ['two equal lengths', post('Content-Length: 5', 'Content-Length: 5'), 'length_repeated'],
  ['two unequal lengths', post('Content-Length: 5', 'content-length: 6'), 'length_repeated'],
  ['two lengths of nothing', post('Content-Length: 0', 'Content-Length: 0'), 'length_repeated'],
  ...[
    ...[
      '',
      '+5',
      '-5',
      '-0',
      '0x5',
      '5 5',
      '5,5',
      '5, 5',
      '5;',
      '5.0',
      '1e3',
      '5_0',
      "'5'",
      '"5"',
      '٥',
      '\xb2',
      'five',
    ],
    ...['9007199254740992', '18446744073709551621', '4294967296000000', '0'.repeat(16), '5\t6'],
  ].map((text): Row => {
    const bytes = post(`Content-Length: ${Buffer.from(text).toString('latin1')}`)
    return [`the length ${JSON.stringify(text)}`, bytes, 'length_invalid']
  }),
  ...[
    ...[
      '',
      'xchunked',
      'chunkedx',
      'chunked;q=1',
      'chunked, identity',
      'identity, chunked',
      'identity',
      'chunked, chunked',
    ],
    ...[
      'gzip, chunked',
      'chunked, gzip',
      'gzip',
      ',chunked',
      'chunked,',
      '"chunked"',
      "'chunked'",
      'x chunked',
      'chun ked',
    ],
    ...['chunked\xa0', '\x85chunked', 'c\u0068unked\xad', 'chu\xdfked', 'cow', '0', 'chunked\t,'],
  ].map((coding): Row => {
    return [`the encoding ${JSON.stringify(coding)}`, post(`Transfer-Encoding: ${coding}`), 'encoding_unsupported']
  }),
  ['the encoding twice', post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), 'encoding_unsupported'],
  ['a second encoding', post('Transfer-Encoding: chunked', 'Transfer-encoding: cow'), 'encoding_unsupported'],
  ['a first encoding', post('Transfer-Encoding: identity', 'Transfer-Encoding: chunked'), 'encoding_unsupported'],
  ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'encoding_unsupported'],
  ['a tunnel with a length', 'CONNECT a:443 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello', 'connect_body'],
  ['a tunnel with chunks', 'CONNECT a:443 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'connect_body'],
  ['an unknown expectation', post('Expect: 100-continuex', 'Content-Length: 5'), 'expectation'],
  ['two expectations', post('Expect: 100-continue', 'Expect: 100-continue', 'Content-Length: 5'), 'expectation'],
  ['an obfuscated expectation', post('Expect: y 100-continue', 'Content-Length: 5'), 'expectation'],
]

const chunks: readonly Row[] = [
  ['no size', chunked('\r\n'), 'chunk_size'],
  ['a size with a sign', chunked('+5\r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['a negative size', chunked('-5\r\n'), 'chunk_size'],
  ['a size with 0x', chunked('0x5\r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['a size with an underscore', chunked('1_0\r\n'), 'chunk_size'],
  ['a space before the size', chunked(' 5\r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['a space behind the size', chunked('5 \r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['a tab behind the size', chunked('5\t\r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['a size in quotes', chunked('"5"\r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['a size of nine digits', chunked('000000005\r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['a size that overflows 32 bits', chunked('100000005\r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['a size that overflows 64 bits', chunked('10000000000000005\r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['a bare LF behind the size', chunked('5\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['a bare CR behind the size', chunked('5\rhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['CR CR LF behind the size', chunked('5\r\r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['NUL behind the size', chunked('5\0\r\nhello\r\n0\r\n\r\n'), 'chunk_size'],
  ['an extension', chunked('5;a=b\r\nhello\r\n0\r\n\r\n'), 'chunk_extension'],
  ['an extension with a bare LF', chunked(`5;a\nhello\r\n0\r\n\r\n${inner}`), 'chunk_extension'],
  ['an extension of the last chunk', chunked('0;a\r\n\r\n'), 'chunk_extension'],
  ['no line break behind the data', chunked('5\r\nhello0\r\n\r\n'), 'chunk_end'],
  ['a bare LF behind the data', chunked('5\r\nhello\n0\r\n\r\n'), 'chunk_end'],
  ['a bare CR behind the data', chunked('5\r\nhello\r0\r\n\r\n'), 'chunk_end'],
  ['more data than said', chunked('4\r\nhello\r\n0\r\n\r\n'), 'chunk_end'],
  ['other bytes for the line break', chunked('5\r\nhelloXX0\r\n\r\n'), 'chunk_end'],
  ['a trailer (R-39)', chunked('0\r\nX: y\r\n\r\n'), 'trailers_refused'],
  ['a request for the empty line', chunked(`0\r\n${inner}`), 'trailers_refused'],
  ['a bare LF at the end', chunked('0\r\n\n'), 'trailers_refused'],
  ['a bare CR at the end', chunked('0\r\n\rX'), 'trailers_refused'],
]

for (const [what, bytes, fault] of [...blanks, ...lines, ...fields, ...framing, ...chunks]) {
  test(`R-35: a request with ${what} is refused`, () => {
    const read = readRequests(Buffer.from(bytes, 'latin1'))
    assert.deepEqual(read, { messages: [], fault })
  })

  test(`R-36: behind a request that is accepted, one with ${what} is refused`, () => {
    const read = readRequests(Buffer.from(`${inner}${bytes}`, 'latin1'))
    assert.equal(read.messages.length, 1)
    assert.equal(read.fault, fault)
  })
}

/** Heads that some readers end earlier or later: no message is made of them before the empty line that is one. */
for (const [what, bytes] of [
  ['only bare LFs', 'GET / HTTP/1.1\nHost: a\n\n'],
  ['bare CRs', 'GET / HTTP/1.1\rHost: a\r\r'],
  ['no empty line', 'GET / HTTP/1.1\r\nHost: a\r\n'],
  ['HTTP/0.9', 'GET /\r\n'],
] as const) {
  test(`R-35: a head with ${what} has not ended`, () => {
    assert.deepEqual(readRequests(Buffer.from(bytes, 'latin1')), { messages: [], fault: undefined })
  })
}
