import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ownChunks } from '../../foundation/own-chunks.suite.ts'
import { opcodes } from './frame.ts'
import { type FrameListener, FrameParser } from './frame-parser.ts'
import { FrameTracker } from './frame-tracker.ts'
import { applyMask } from './mask.ts'
import { writeClose, writeFrameHead, writeMaskedFrame } from './write-frame.ts'

/** What a parser told, with the pieces of a payload put together. */
class Heard implements FrameListener {
  readonly told: string[] = []
  #payload = ''

  onFrame({ isLast, opcode }: Parameters<FrameListener['onFrame']>[0]): void {
    this.#payload = `${opcode}${isLast ? '.' : '…'}`
  }

  onPayload(payload: Buffer): void {
    this.#payload += payload.toString('hex')
  }

  onFrameEnd(): void {
    this.told.push(this.#payload)
  }

  onControl(opcode: number, payload: Buffer): void {
    this.told.push(`${opcode}! ${payload.toString('hex')}`)
  }
}

function frame(opcode: number, payload: Uint8Array, isLast = true): Buffer {
  const mask = Buffer.from([1, 2, 3, 250])
  const head = writeFrameHead({ isLast, isCompressed: false, opcode, length: payload.length }, mask)
  return Buffer.concat([head, applyMask(payload, mask, 0)])
}

const payloads = fc.oneof(fc.uint8Array({ maxLength: 12 }), fc.uint8Array({ minLength: 124, maxLength: 130 }))
const control = fc.record({ opcode: fc.constantFrom(9, 10), payload: fc.uint8Array({ maxLength: 12 }) })
const message = fc.record({ opcode: fc.constantFrom(1, 2), pieces: fc.array(payloads, { minLength: 1, maxLength: 3 }) })

test('frames are read alike at every offset at which they may be cut', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(message, control), { maxLength: 3 }), (messages) => {
      const frames: Buffer[] = []
      const expected: string[] = []
      for (const [{ opcode, pieces }, between] of messages) {
        for (const [index, piece] of pieces.entries()) {
          const kind = index === 0 ? opcode : opcodes.continuation
          const isLast = index === pieces.length - 1
          frames.push(frame(kind, piece, isLast), frame(between.opcode, between.payload))
          expected.push(`${kind}${isLast ? '.' : '…'}${Buffer.from(piece).toString('hex')}`)
          expected.push(`${between.opcode}! ${Buffer.from(between.payload).toString('hex')}`)
        }
      }
      const bytes = Buffer.concat(frames)
      for (let cut = 0; cut <= bytes.length; cut += 1) {
        const heard = new Heard()
        const parser = new FrameParser(heard, false)
        for (const chunk of ownChunks(bytes, [cut])) parser.write(chunk)
        assert.deepEqual(heard.told, expected)
        assert.equal(parser.isBetweenFrames, true)
      }
    }),
    { numRuns: 60 },
  )
})

test('frames are read alike byte by byte', () => {
  const bytes = Buffer.concat([
    frame(1, Buffer.alloc(70_000, 7), false),
    frame(0, Buffer.alloc(300, 8)),
    frame(8, Buffer.from([3, 232])),
  ])
  const [whole, single] = [new Heard(), new Heard()]
  new FrameParser(whole, false).write(bytes)
  const parser = new FrameParser(single, false)
  for (const byte of bytes) parser.write(Buffer.from([byte]))
  assert.deepEqual(single.told, whole.told)
  assert.deepEqual(single.told.at(-1), '8! 03e8')
})

const zeroMask = [0, 0, 0, 0]
const faults: readonly (readonly [what: string, bytes: readonly number[]])[] = [
  ['without a mask', [0x81, 0x00]],
  ['with the second reserved bit', [0xa1]],
  ['with the third reserved bit', [0x91]],
  ['said to be compressed where that was not agreed', [0xc1]],
  ['of an unknown kind', [0x83]],
  ['of an unknown control kind', [0x8b]],
  ['of control in pieces', [0x09]],
  ['of control that is too long', [0x89, 0xfe]],
  ['that goes on with nothing', [0x80]],
  ['that begins a message in another one', [0x01, 0x80, ...zeroMask, 0x82]],
  ['with a length of two bytes that fits in one', [0x82, 0xfe, 0, 125, ...zeroMask]],
  ['with a length of eight bytes that fits in two', [0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...zeroMask]],
  ['with a negative length', [0x82, 0xff, 0x80, 0, 0, 0, 0, 1, 0, 0, ...zeroMask]],
  ['of close with half a code', [0x88, 0x81, ...zeroMask]],
  ['behind a close', [0x88, 0x80, ...zeroMask, 0x81]],
]

for (const [what, bytes] of faults) {
  test(`a frame ${what} is none`, () => {
    const whole = new FrameParser(new Heard(), false)
    assert.throws(() => whole.write(Buffer.from(bytes)), { code: 'request_malformed' })
    const single = new FrameParser(new Heard(), false)
    assert.throws(
      () => {
        for (const byte of bytes) single.write(Buffer.from([byte]))
      },
      { code: 'request_malformed' },
    )
  })
}

test('with compression, the first frame of a message may say so, and no other', () => {
  const parser = new FrameParser(new Heard(), true)
  parser.write(Buffer.from([0x41, 0x80, ...zeroMask, 0x80, 0x80, ...zeroMask]))
  assert.throws(() => parser.write(Buffer.from([0xc9, 0x80, ...zeroMask])), { code: 'request_malformed' })
  const other = new FrameParser(new Heard(), true)
  assert.throws(() => other.write(Buffer.from([0x41, 0x80, ...zeroMask, 0xc0])), { code: 'request_malformed' })
})

test('the frames of a service are followed at every offset, up to the code with which it closes', () => {
  const head = writeFrameHead({ isLast: true, isCompressed: false, opcode: 2, length: 300 })
  const bytes = Buffer.concat([head, Buffer.alloc(300, 0x88), writeClose(1001, 'away', 'client')])
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const tracker = new FrameTracker()
    const [before, after] = ownChunks(bytes, [cut])
    tracker.write(before!)
    assert.equal(tracker.isBetweenFrames, cut === 0 || cut === 304 || cut === bytes.length)
    tracker.write(after!)
    assert.deepEqual([tracker.isBetweenFrames, tracker.closeCode], [true, 1001])
  }
})

test('a close frame has room for 123 bytes of reason, and its mask differs each time', () => {
  assert.equal(writeClose(1008, 'x'.repeat(200), 'client').length, 127)
  const written = new Set([1, 2, 3].map(() => writeMaskedFrame(opcodes.text, Buffer.from('same')).toString('hex')))
  assert.equal(written.size, 3)
})
