import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { ProtocolError } from '../protocol-error.ts'
import { LineReader } from './line-reader.ts'
import { MessageEnd } from './message-end.ts'

function readerOf(stream: PassThrough, limit = 100): LineReader {
  return new LineReader(stream as unknown as Socket, limit)
}

/** Two lines, a message, and two lines. */
async function readAll(stream: PassThrough): Promise<readonly string[]> {
  const reader = readerOf(stream)
  const read = [await reader.line(), await reader.line()]
  const end = new MessageEnd()
  let message = ''
  await reader.message((chunk) => {
    const at = end.find(chunk)
    message += chunk.toString('latin1', 0, at === -1 ? chunk.length : at)
    return at
  })
  return [...read, message, await reader.line(), await reader.line()]
}

const parts = ['MAIL FROM:<a@b.example>', 'DATA', `${'Hello.\r\n..dot\r\n'.repeat(30)}.\r\n`, 'RSET', 'QUIT']
const whole = Buffer.from(`${parts[0]}\r\n${parts[1]}\r\n${parts[2]}${parts[3]}\r\n${parts[4]}\r\n`)

test('CO-11: lines and a message are the same however they are cut', async () => {
  for (let size = 1; size <= whole.length; size += size < 40 ? 1 : 41) {
    const stream = new PassThrough()
    const read = readAll(stream)
    for (let at = 0; at < whole.length; at += size) {
      stream.write(whole.subarray(at, at + size))
      if (size < 8) await new Promise(setImmediate)
    }
    assert.deepEqual(await read, parts, String(size))
  }
})

test('a line that has no end is given up, and so is one with what no line has', async () => {
  for (const text of ['x'.repeat(101), 'a\nb', 'a\rb\r\n', 'a\0b', 'a\x1b[0m\r\n', '\x7f', '\xff\r\n']) {
    const stream = new PassThrough()
    const line = readerOf(stream).line()
    stream.write(text, 'latin1')
    await assert.rejects(line, ProtocolError, JSON.stringify(text))
  }
})

test('what came before the other side went away is read still', async () => {
  const stream = new PassThrough()
  const reader = readerOf(stream)
  stream.end('one\r\ntwo\r\nthr')
  assert.deepEqual([await reader.line(), await reader.line()], ['one', 'two'])
  await assert.rejects(reader.line(), /closed/)
  await assert.rejects(
    reader.message(() => -1),
    /closed/,
  )
})

test('a side that is broken off fails whoever waits for it, and whoever comes later', async () => {
  const stream = new PassThrough()
  const reader = readerOf(stream)
  const waiting = reader.line()
  reader.breakOff(new ProtocolError('over'))
  stream.write('late\r\n')
  await assert.rejects(waiting, /over/)
  await assert.rejects(reader.line(), /over/)
})
