import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChunkedDecoder } from './chunked-decoder.ts'
import { readChunked } from './read-messages.suite.ts'

const next = 'GET / HTTP/1.1\r\n\r\n'
const plain = '1\r\na\r\n00a\r\nbcdefghijk\r\nB\r\n0\r\n\r\n0\r\n\r\nx\r\n0\r\n\r\n'
const extended = '1;a=b\r\na\r\nA\r\nbcdefghijk\r\n0;c\r\nX-Sum: \xe9 \r\nx-sum:\r\n\r\n'
const plainBody = 'abcdefghijk0\r\n\r\n0\r\n\r\nx'
const trailers = [
  { name: 'X-Sum', value: '\xe9' },
  { name: 'x-sum', value: '' },
]

for (const [what, text, body, kind, expected] of [
  ['a body that looks like its own end', plain, plainBody, 'refuse', []],
  ['a body of a service', plain, plainBody, 'parse', []],
  ['a body with extensions and trailers', extended, 'abcdefghijk', 'parse', trailers],
  ['an empty body', '0\r\n\r\n', '', 'refuse', []],
] as const) {
  const bytes = Buffer.from(text + next, 'latin1')

  const check = (splits: readonly number[]): void => {
    const read = readChunked(bytes, kind, splits)
    assert.equal(read.decoder.fault, undefined)
    assert.equal(read.decoder.done, true)
    assert.equal(read.taken, text.length)
    assert.equal(read.body, body)
    assert.deepEqual(read.decoder.trailers, expected)
  }

  test(`R-64: ${what} is read alike when it is cut in two anywhere, and nothing behind it is taken`, () => {
    for (let split = 1; split < bytes.length; split += 1) check([split])
  })

  test(`R-64: ${what} is read alike when it is cut in three anywhere`, () => {
    for (let one = 1; one < text.length; one += 1) {
      for (let two = one + 1; two <= text.length; two += 1) check([one, two])
    }
  })

  test(`R-64: ${what} is read alike byte by byte`, () => {
    check(Array.from({ length: bytes.length - 1 }, (_, index) => index + 1))
  })

  test(`${what} is not over before its last byte`, () => {
    for (let length = 0; length < text.length; length += 1) {
      const { decoder, taken } = readChunked(bytes.subarray(0, length), kind, [])
      assert.equal(decoder.done, false)
      assert.equal(decoder.fault, undefined)
      assert.equal(taken, length)
      assert.deepEqual(decoder.trailers, [])
    }
  })
}

test('R-35: a fault is found at the same byte however the body is cut', () => {
  for (const text of ['5 \r\n', '1\r\nab\r\n', '100000000\r\n', '1\r\na\r\n0\r\nX: y\r\n\r\n', '0;a\r\n\r\n']) {
    const bytes = Buffer.from(text, 'latin1')
    const whole = readChunked(bytes, 'refuse', [])
    assert.ok(whole.decoder.fault)
    for (let split = 1; split < bytes.length; split += 1) {
      const { decoder, taken } = readChunked(bytes, 'refuse', [split])
      assert.deepEqual(decoder.fault, whole.decoder.fault)
      assert.equal(taken, whole.taken)
    }
  }
})

test('behind a fault and behind the end nothing is taken any more', () => {
  for (const text of ['x\r\n', '0\r\n\r\n']) {
    const bytes = Buffer.from(text, 'latin1')
    const decoder = new ChunkedDecoder(() => assert.fail('there is no data'), { trailers: 'refuse' })
    decoder.write(bytes, 0)
    assert.equal(decoder.write(Buffer.from('1\r\na\r\n0\r\n\r\n'), 3), 3)
  }
})

test('data is handed out without a copy, and never in empty slices', () => {
  const bytes = Buffer.from('xx5\r\nhello\r\n0\r\n\r\n')
  const slices: Buffer[] = []
  const decoder = new ChunkedDecoder((slice) => slices.push(slice), { trailers: 'refuse' })
  assert.equal(decoder.write(bytes.subarray(0, 5), 2), 5)
  assert.equal(decoder.write(bytes, 5), bytes.length)
  assert.deepEqual(slices.map(String), ['hello'])
  assert.equal(slices[0]?.buffer, bytes.buffer)
})

test('a chunk may be as large as eight digits say', () => {
  const decoder = new ChunkedDecoder(() => {}, { trailers: 'refuse' })
  const head = Buffer.from('FFFFffff\r\n')
  decoder.write(head, 0)
  const megabyte = Buffer.alloc(1024 * 1024)
  for (let piece = 0; piece < 4095; piece += 1) assert.equal(decoder.write(megabyte, 0), megabyte.length)
  // One byte less than 4 GiB: the last piece is one too long by the byte that must be CR.
  assert.equal(decoder.write(megabyte, 0), megabyte.length)
  assert.deepEqual(decoder.fault, { fault: 'chunk_end' })
})

test('R-42: trailers may be 16 KiB long, empty line and all', () => {
  const fits = `0\r\nX: ${'a'.repeat(16_384 - 7)}\r\n\r\n`
  assert.equal(readChunked(Buffer.from(fits), 'parse', []).decoder.done, true)
  const tooLong = `0\r\nX: ${'a'.repeat(16_384 - 6)}\r\n\r\n`
  assert.deepEqual(readChunked(Buffer.from(tooLong), 'parse', []).decoder.fault, { fault: 'trailers_too_long' })
})
