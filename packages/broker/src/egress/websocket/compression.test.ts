import assert from 'node:assert/strict'
import { test } from 'node:test'
import { constants, createDeflateRaw } from 'node:zlib'
import { ownChunks } from '../../foundation/own-chunks.suite.ts'
import { readChoice, readOffer } from './compression-offer.ts'
import { opcodes } from './frame.ts'
import { applyMask } from './mask.ts'
import { WatchingGuard } from './watching-guard.ts'
import { writeFrameHead } from './write-frame.ts'

const field = (value: string) => [{ name: 'Sec-WebSocket-Extensions', value }]

for (const [sent, left] of [
  ['permessage-deflate', 'permessage-deflate'],
  ['permessage-deflate; client_max_window_bits', 'permessage-deflate; client_max_window_bits'],
  ['Permessage-Deflate;server_max_window_bits="10" , x-other; a=b', 'permessage-deflate; server_max_window_bits=10'],
  ['x-other', undefined],
  ['permessage-deflate; server_max_window_bits', undefined],
  ['permessage-deflate; server_max_window_bits=7', undefined],
  ['permessage-deflate; x=1', undefined],
  ['permessage-deflate; client_no_context_takeover; client_no_context_takeover', undefined],
] as const) {
  test(`of the offer ${sent}, ${left ?? 'nothing'} is left`, () => assert.equal(readOffer(field(sent)).value, left))
}

const plain = readOffer(field('permessage-deflate'))
const limiting = readOffer(field('permessage-deflate; client_max_window_bits'))

for (const [answer, offer, expected] of [
  ['permessage-deflate', plain, { clientForgets: false, serverForgets: false }],
  ['permessage-deflate; client_no_context_takeover', plain, { clientForgets: true, serverForgets: false }],
  ['permessage-deflate; client_max_window_bits=9', limiting, { clientForgets: false, serverForgets: false }],
  ['permessage-deflate; client_max_window_bits=9', plain, undefined],
  ['permessage-deflate; client_max_window_bits', limiting, undefined],
  ['permessage-deflate, permessage-deflate', plain, undefined],
  ['permessage-deflate', readOffer([]), undefined],
  ['x-other', plain, undefined],
] as const) {
  test(`the answer ${answer} to ${offer.value ?? 'no offer'} is ${expected === undefined ? 'none' : 'taken'}`, () =>
    assert.deepEqual(readChoice(field(answer), offer), expected))
}

const placeholder = 'sk_test_coatcheck_0123456789abcdefghijklmn'

function compressedFrame(payload: Buffer): Buffer {
  const mask = Buffer.from([9, 8, 7, 6])
  const head = writeFrameHead({ isLast: true, isCompressed: true, opcode: opcodes.text, length: payload.length }, mask)
  return Buffer.concat([head, applyMask(payload, mask, 0)])
}

/** Compresses messages with one window for all of them, as clients do. */
async function compress(messages: readonly string[]): Promise<Buffer[]> {
  const deflate = createDeflateRaw()
  const compressed: Buffer[] = []
  for (const message of messages) {
    const pieces: Buffer[] = []
    const hear = (piece: Buffer) => pieces.push(piece)
    deflate.on('data', hear)
    deflate.write(message)
    await new Promise<void>((resolve) => deflate.flush(constants.Z_SYNC_FLUSH, resolve))
    deflate.off('data', hear)
    compressed.push(compressedFrame(Buffer.concat(pieces).subarray(0, -4)))
  }
  return compressed
}

test('R-60: compressed messages that refer to one another are looked into, wherever they are cut', async () => {
  const harmless = `{"key":"${placeholder.slice(0, 30)}"}`
  const frames = await compress([harmless, harmless, `{"key":"${placeholder}"}`])
  const before = Buffer.concat(frames.slice(0, 2))
  const last = frames[2]!
  for (let cut = 1; cut < last.length; cut += 1) {
    const guard = new WatchingGuard([placeholder], { clientForgets: false, serverForgets: false })
    assert.deepEqual(await guard.push(before), before)
    await assert.rejects(async () => {
      for (const chunk of ownChunks(last, [cut])) await guard.push(chunk)
    }, /placeholder_undeclared_place/)
    guard.close()
  }
})

for (const [what, payload] of [
  ['are not compressed', Buffer.from('ffffff', 'hex')],
  ['go on behind their end', Buffer.concat([Buffer.from('cb4b0500', 'hex'), Buffer.from('junk')])],
] as const) {
  test(`messages that ${what} are refused`, async () => {
    const guard = new WatchingGuard([placeholder], { clientForgets: true, serverForgets: false })
    await assert.rejects(async () => guard.push(compressedFrame(payload)), { code: 'request_malformed' })
    guard.close()
  })
}

test('a guard that is closed while it works comes to an end', async () => {
  const guard = new WatchingGuard([placeholder], { clientForgets: true, serverForgets: false })
  const [frame] = await compress(['x'.repeat(1_000_000)])
  const work = Promise.resolve(guard.push(frame!))
  guard.close()
  await assert.rejects(work)
})
