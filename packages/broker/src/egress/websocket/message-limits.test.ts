import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, deflateRawSync } from 'node:zlib'
import { ownChunks } from '../../foundation/own-chunks.suite.ts'
import { opcodes } from './frame.ts'
import { Inflater } from './inflater.ts'
import { applyMask } from './mask.ts'
import { SwappingGuard } from './swapping-guard.ts'
import { writeFrameHead } from './write-frame.ts'

const placeholder = 'sk_test_coatcheck_0123456789abcdefghijklmn'
const value = 'sk_test_the_value_of_the_secret'
const heldBytes = 1_048_576
const inflatedBytes = 268_435_456

/** What a guard makes of one text message whose mask is all zeros, and of the same in pieces. */
function swapped(message: string): string {
  const guard = new SwappingGuard([placeholder], [{ placeholder, text: () => value }])
  const mask = Buffer.alloc(4)
  const head = { isLast: true, isCompressed: false, opcode: opcodes.text, length: message.length }
  const bytes = Buffer.concat([writeFrameHead(head, mask), Buffer.from(message)])
  const cuts = Array.from({ length: Math.floor(bytes.length / 65_536) }, (_, index) => (index + 1) * 65_536)
  const pieces = ownChunks(bytes, cuts).map((chunk) => guard.push(chunk))
  return readFrames(Buffer.concat(pieces))
}

/** The payloads of frames, put together. */
function readFrames(bytes: Buffer): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1]! & 0x7f
    const extra = short === 127 ? 8 : short === 126 ? 2 : 0
    const length =
      extra === 8 ? Number(bytes.readBigUInt64BE(at + 2)) : extra === 2 ? bytes.readUInt16BE(at + 2) : short
    const start = at + 2 + extra + 4
    const mask = bytes.subarray(start - 4, start)
    parts.push(applyMask(bytes.subarray(start, start + length), mask, 0).toString())
    at = start + length
  }
  return parts.join('')
}

test('a text message of 1 MiB has its placeholder replaced', () => {
  const filler = 'x'.repeat(heldBytes - placeholder.length)
  assert.ok(swapped(filler + placeholder) === filler + value)
})

test('a longer one passes as it is, and is broken off at a placeholder, wherever that stands', () => {
  const filler = 'x'.repeat(heldBytes + 1)
  assert.ok(swapped(filler) === filler)
  for (const message of [placeholder + filler, filler + placeholder])
    assert.throws(() => swapped(message), /placeholder_undeclared_place/)
})

test('a compressed message may become 256 MiB, and no byte more', async () => {
  const block = 1_048_576
  const zeros = deflateRawSync(Buffer.alloc(block), { finishFlush: constants.Z_FULL_FLUSH })
  const one = deflateRawSync(Buffer.alloc(1), { finishFlush: constants.Z_FULL_FLUSH })
  let heard = 0
  const inflater = new Inflater(true, (bytes) => {
    heard += bytes.length
  })
  for (let written = 0; written < inflatedBytes; written += block) await inflater.write(zeros, false)
  assert.equal(heard, inflatedBytes)
  await assert.rejects(inflater.write(one, false), { code: 'request_malformed' })
  assert.equal(heard, inflatedBytes)
  inflater.close()
})

test('and the next one begins anew', async () => {
  const zeros = deflateRawSync(Buffer.alloc(1_000), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
  let heard = 0
  const inflater = new Inflater(true, (bytes) => {
    heard += bytes.length
  })
  for (const expected of [1_000, 2_000]) {
    await inflater.write(zeros, true)
    assert.equal(heard, expected)
  }
  inflater.close()
})
