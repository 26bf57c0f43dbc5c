import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { ownChunks } from '../../foundation/own-chunks.suite.ts'
import { Scrubber } from '../../scrubbing/scrubber.ts'
import { opcodes } from './frame.ts'
import { FrameScrub } from './frame-scrub.ts'
import { ServiceFrameParser } from './service-frame-parser.ts'
import { writeFrameHead } from './write-frame.ts'

const value = 'sk_live_51H8abcdEFGHijklMNOP'
const standIn = 'sk_live_standin'
const scrubber = new Scrubber([{ bytes: Buffer.from(value), placeholder: standIn, isWeak: false }])

function frame(opcode: number, payload: string | Buffer, isLast = true, isCompressed = false): Buffer {
  const bytes = Buffer.from(payload)
  return Buffer.concat([writeFrameHead({ isLast, isCompressed, opcode, length: bytes.length }), bytes])
}

/** What a client reads: messages, joined, and control frames. */
function messagesIn(bytes: Buffer): string[] {
  const messages: string[] = []
  let open = ''
  let isLast = false
  const parser = new ServiceFrameParser(
    {
      onFrame(head) {
        isLast = head.isLast
        assert.equal(head.isCompressed, false)
      },
      onPayload(payload, isFrameEnd) {
        open += payload.toString('latin1')
        if (!isFrameEnd || !isLast) return
        messages.push(open)
        open = ''
      },
      onControl: (opcode, payload) => void messages.push(`${opcode} ${payload.toString('latin1')}`),
    },
    false,
  )
  parser.write(bytes)
  return messages
}

function inSteps(bytes: Buffer, step: number): Buffer[] {
  return ownChunks(
    bytes,
    [...bytes.keys()].filter((at) => at % step === 0),
  )
}

async function through(
  bytes: Buffer,
  step: number,
  isCompressed = false,
): Promise<{ messages: string[]; hits: number }> {
  const compression = isCompressed ? { clientForgets: true, serverForgets: true } : undefined
  const scrub = new FrameScrub(scrubber, compression)
  const out: Buffer[] = []
  for (const chunk of inSteps(bytes, step)) out.push(await scrub.push(chunk))
  scrub.close()
  return { messages: messagesIn(Buffer.concat(out)), hits: scrub.hits }
}

test('AC-10.1: values in messages, across frames and in control frames are replaced, wherever the bytes are cut', async () => {
  const bytes = Buffer.concat([
    frame(opcodes.text, `{"key":"${value}"}`),
    frame(opcodes.text, `{"key":"${value.slice(0, 9)}`, false),
    frame(opcodes.ping, value),
    frame(opcodes.continuation, '', false),
    frame(opcodes.continuation, `${value.slice(9)}"}`),
    frame(opcodes.binary, value),
    frame(opcodes.text, ''),
    frame(opcodes.close, Buffer.concat([Buffer.from([3, 0xe8]), Buffer.from(value)])),
  ])
  const fitted = standIn.padEnd(value.length, '*')
  for (let step = 1; step <= bytes.length; step += 1) {
    const { messages, hits } = await through(bytes, step)
    const message = `{"key":"${standIn}"}`
    assert.deepEqual(messages, [message, `9 ${fitted}`, message, fitted, '', `8 \x03è${fitted}`], `${step}`)
    assert.equal(hits, 5)
  }
})

test('AC-10.1: compressed messages are cleaned, and sent on without compression', async () => {
  const deflated = (text: string): Buffer => deflateRawSync(text, { finishFlush: 2 }).subarray(0, -4)
  const message = deflated(`{"key":"${value}"}`)
  const bytes = Buffer.concat([
    frame(opcodes.text, message, true, true),
    frame(opcodes.text, message.subarray(0, 5), false, true),
    frame(opcodes.continuation, message.subarray(5)),
    frame(opcodes.text, `plain ${value}`),
  ])
  for (const step of [1, 3, 7, 1_000]) {
    const { messages } = await through(bytes, step, true)
    assert.deepEqual(messages, [`{"key":"${standIn}"}`, `{"key":"${standIn}"}`, `plain ${standIn}`])
  }
})

test('a message without a value comes in the frame that it came in', () => {
  const bytes = frame(opcodes.text, 'a message, and nothing in it')
  assert.deepEqual(new FrameScrub(scrubber, undefined).push(bytes), bytes)
})

for (const [what, bytes] of [
  ['a mask', [0x81, 0x81, 0, 0, 0, 0, 65]],
  ['a reserved bit', [0xa1, 0x01, 65]],
  ['compression that was not agreed on', [0xc1, 0x01, 65]],
  ['an opcode that nobody knows', [0x83, 0x01, 65]],
  ['a control frame in pieces', [0x09, 0x01, 65]],
  ['a message that goes on with nothing', [0x80, 0x01, 65]],
] as const) {
  test(`a frame of a service with ${what} ends it`, () => {
    assert.throws(() => new FrameScrub(scrubber, undefined).push(Buffer.from(bytes)), { code: 'upstream_malformed' })
  })
}

test('SEC-09: new keys in messages become worthless, or end the connection, wherever the bytes are cut', async () => {
  const [fresh, masked] = [`ghs_${'Zz81'.repeat(9)}`, `ghs_${'x'.repeat(36)}`]
  const forms = [{ prefix: 'ghs_', pattern: /^ghs_[A-Za-z0-9]{36}$/ }]
  const bytes = Buffer.concat([
    frame(opcodes.text, `{"key":"${fresh.slice(0, 9)}`, false),
    frame(0, `${fresh.slice(9)}"}`),
  ])
  for (let step = 1; step <= bytes.length; step += 1) {
    const scrub = new FrameScrub(new Scrubber([], { forms, placeholders: [], areBlocked: false }), undefined)
    const out: Buffer[] = []
    for (const chunk of inSteps(bytes, step)) out.push(await scrub.push(chunk))
    assert.deepEqual(messagesIn(Buffer.concat(out)), [`{"key":"${masked}"}`])
    assert.deepEqual([scrub.hits, scrub.newKeys], [0, 1])
  }
  const strict = new FrameScrub(new Scrubber([], { forms, placeholders: [], areBlocked: true }), undefined)
  assert.throws(() => strict.push(bytes), { code: 'new_key_returned' })
})
