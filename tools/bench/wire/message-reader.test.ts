import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageReader } from './message-reader.ts'

interface Read {
  readonly start: string
  readonly body: string
}

function readAll(pieces: readonly Buffer[]): readonly Read[] {
  const read: Read[] = []
  let start = ''
  let body = ''
  const reader = new MessageReader({
    head(head) {
      start = head.split('\r\n')[0] ?? ''
      body = ''
    },
    body(piece) {
      body += piece.toString('latin1')
    },
    end: () => void read.push({ start, body }),
  })
  for (const piece of pieces) reader.push(piece)
  return read
}

const stream = Buffer.from(
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello' +
    'HTTP/1.1 204 No Content\r\n\r\n' +
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n' +
    'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nTrailer: y\r\n\r\n' +
    'HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n',
)
const messages = [
  { start: 'HTTP/1.1 200 OK', body: 'hello' },
  { start: 'HTTP/1.1 204 No Content', body: '' },
  { start: 'HTTP/1.1 200 OK', body: 'abc0123456789' },
  { start: 'HTTP/1.1 200 OK', body: 'x' },
  { start: 'HTTP/1.1 401 Unauthorized', body: '' },
]

test('messages of each framing are read from one piece, byte by byte, and split at every place', () => {
  assert.deepEqual(readAll([stream]), messages)
  assert.deepEqual(readAll([...stream].map((byte) => Buffer.from([byte]))), messages)
  for (let at = 1; at < stream.length; at += 1) {
    assert.deepEqual(readAll([stream.subarray(0, at), stream.subarray(at)]), messages, `split at ${at}`)
  }
})

test('a chunk without a size is an error', () => {
  assert.throws(() => readAll([Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n')]), /no size/)
})

test('a head that does not end is an error', () => {
  assert.throws(() => readAll([Buffer.alloc(70_000, 'a')]), /does not end/)
})
