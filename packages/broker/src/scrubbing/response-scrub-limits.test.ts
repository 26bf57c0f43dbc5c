import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { gunzipSync, gzipSync } from 'node:zlib'
import { ownChunks } from '../foundation/own-chunks.suite.ts'
import { ResponseScrub } from './response-scrub.ts'
import { Scrubber } from './scrubber.ts'

const value = 'sk_live_51H8abcdEFGHijklMNOP0123'
const placeholder = 'sk_live_standin'
const sizedBytes = 262_144
const unsizedBytes = 65_536
const plainBytes = 8_388_608

/** Puts a body through in pieces; says whether the head waited for the end of it. */
async function through(body: Buffer, options: { readonly isSized: boolean; readonly coding?: string }) {
  const scrub = new ResponseScrub(new Scrubber([{ bytes: Buffer.from(value), placeholder, isWeak: false }]), 'block')
  const { isSized, coding } = options
  const fields = [
    { name: 'Content-Type', value: 'text/plain' },
    ...(coding === undefined ? [] : [{ name: 'Content-Encoding', value: coding }]),
    ...(isSized ? [{ name: 'Content-Length', value: `${body.length}` }] : []),
  ]
  const head = { status: 200, reason: 'OK', fields, body: isSized ? 'sized' : 'unsized' } as const
  try {
    scrub.begin(head, isSized ? body.length : Number.NaN)
    const parts: Buffer[] = []
    const cuts = Array.from({ length: Math.floor(body.length / 16_384) }, (_, index) => (index + 1) * 16_384)
    for (const chunk of ownChunks(body, cuts)) parts.push(await scrub.write(chunk))
    const waited = scrub.head === undefined
    parts.push(await scrub.end())
    const length = scrub.head?.fields.find(({ name }) => name === 'Content-Length')?.value
    return { waited, length, body: Buffer.concat(parts) }
  } finally {
    scrub.close()
  }
}

/** A text of so many bytes that ends with the value. */
function endingWithValue(length: number): Buffer {
  return Buffer.from(`${'a '.repeat(Math.ceil(length / 2)).slice(0, length - value.length - 2)}"${value}"`)
}

test('AC-10.1: a body of known length is held up to 256 KiB, and has its new length', async () => {
  const { waited, length, body } = await through(endingWithValue(sizedBytes), { isSized: true })
  assert.ok(waited)
  assert.equal(length, `${body.length}`)
  assert.ok(body.toString().endsWith(`"${placeholder}"`))
})

test('AC-10.1: a longer one is searched while it streams, without a length', async () => {
  const { waited, length, body } = await through(endingWithValue(sizedBytes + 1), { isSized: true })
  assert.deepEqual([waited, length], [false, undefined])
  assert.ok(body.toString().endsWith(`"${placeholder}"`))
})

/** A compressed text of exactly so many bytes that holds the value; gzip takes a name of any length into its head. */
function compressed(length: number): Buffer {
  const text = `${randomBytes(30_000).toString('base64')} "${value}"`
  const bytes = gzipSync(text)
  const name = Buffer.alloc(length - bytes.length, 'n')
  name[name.length - 1] = 0
  const head = Buffer.from(bytes.subarray(0, 10))
  head[3] = 0x08
  return Buffer.concat([head, name, bytes.subarray(10)])
}

test('AC-10.1: a compressed body of unknown length is held up to 64 KiB, and written anew', async () => {
  const { waited, body } = await through(compressed(unsizedBytes), { isSized: false, coding: 'gzip' })
  assert.ok(waited)
  assert.ok(gunzipSync(body).toString().endsWith(`"${placeholder}"`))
})

test('AC-10.2: a longer one streams, and ends before the value is whole', async () => {
  const sent = through(compressed(unsizedBytes + 1), { isSized: false, coding: 'gzip' })
  await assert.rejects(sent, { code: 'secret_returned' })
})

test('AC-10.2: a held body may become 8 MiB; what becomes longer is searched as a stream', async () => {
  const whole = await through(gzipSync(endingWithValue(plainBytes)), { isSized: true, coding: 'gzip' })
  assert.ok(gunzipSync(whole.body).toString().endsWith(`"${placeholder}"`))
  const longer = gzipSync(endingWithValue(plainBytes + 1))
  await assert.rejects(through(longer, { isSized: true, coding: 'gzip' }), { code: 'secret_returned' })
  const harmless = gzipSync(Buffer.alloc(plainBytes + 1, 'a '))
  assert.deepEqual((await through(harmless, { isSized: true, coding: 'gzip' })).body, harmless)
})
