import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ownChunks } from '../foundation/own-chunks.suite.ts'
import type { HeaderField } from '../http/header-field.ts'
import { codingFor } from './content-coding.ts'
import { encodings } from './encodings.suite.ts'
import { ResponseScrub, type ScrubbedHead, type Uninspected } from './response-scrub.ts'
import { Scrubber } from './scrubber.ts'

const value = 'sk_live_51H8abcdEFGH/ijkl+MNOP=='
const standIn = 'sk_live_standin'
const scrubberFor = (secret: string, isWeak: boolean): Scrubber =>
  new Scrubber([{ bytes: Buffer.from(secret), placeholder: standIn, isWeak }])
const anySecret = fc
  .string({ unit: fc.constantFrom(...'ABCXYZabcxyz0189-._~+/=:'), minLength: 16, maxLength: 90 })
  .filter((text) => !standIn.includes(text))

interface Came {
  readonly head: ScrubbedHead
  readonly body: Buffer
  readonly hits: number
}

/** How a response is put through. */
interface Putting {
  readonly isSized: boolean
  readonly isWeak: boolean
  readonly secret: string
  readonly uninspected: Uninspected
}

/** Puts a response through in these pieces. */
async function through(
  fields: readonly HeaderField[],
  pieces: readonly Buffer[],
  options: Partial<Putting> = {},
): Promise<Came> {
  const { isSized = false, isWeak = false, secret = value, uninspected = 'pass' } = options
  const scrub = new ResponseScrub(scrubberFor(secret, isWeak), uninspected)
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const lengthField = { name: 'Content-Length', value: String(length) }
  const body = isSized ? 'sized' : 'unsized'
  const sent = { status: 200, reason: 'OK', fields: isSized ? [...fields, lengthField] : fields, body } as const
  try {
    scrub.begin(sent, isSized ? length : Number.NaN)
    const parts: Buffer[] = []
    for (const piece of pieces) parts.push(await scrub.write(piece))
    parts.push(await scrub.end())
    return { head: scrub.head!, body: Buffer.concat(parts), hits: scrub.hits }
  } finally {
    scrub.close()
  }
}

/** Parts of one memory, in which they lie behind one another. */
function slices(bytes: Buffer, at: readonly number[]): Buffer[] {
  const ends = [...at.map((end) => Math.min(end, bytes.length)), bytes.length].toSorted((left, right) => left - right)
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

const field = (name: string, text: string): HeaderField => ({ name, value: text })
const type = (text: string): HeaderField => field('Content-Type', text)
const codingNames = ['none', 'gzip', 'br', 'zstd', 'deflate'] as const

for (const coding of codingNames) {
  test(`AC-10.1: through every encoding and split, nothing of any secret survives in a body that is coded ${coding}`, async () => {
    const property = fc.asyncProperty(
      fc.oneof(fc.constant(value), anySecret),
      fc.constantFrom(...Object.keys(encodings)),
      fc.func(fc.boolean()),
      fc.array(fc.nat(600), { maxLength: 5 }),
      fc.boolean(),
      fc.constantFrom('application/json', 'text/event-stream', 'image/png', 'application/grpc', ''),
      async (secret, name, pick, at, isSized, mime) => {
        const written = encodings[name]!(Buffer.from(secret), pick)
        const plain = Buffer.from(`{"before": "some words", "echo": "${written}", "after": "more"}\n\n`)
        const tool = coding === 'none' ? undefined : codingFor(coding, Buffer.from([0x78, 0x9c]))
        const pieces = ownChunks(tool?.encode(plain) ?? plain, at)
        const fields = [...(tool === undefined ? [] : [field('Content-Encoding', coding)]), type(mime)]
        const came = await through(fields, pieces, { isSized, secret }).catch((error: { code: string }) => error.code)
        if (came === 'secret_returned') return assert.ok(coding !== 'none', 'only what is compressed is broken off')
        assert.ok(typeof came === 'object')
        const text = (tool?.decode(came.body, 100_000) ?? came.body).toString('latin1')
        assert.ok(!text.includes(written) && came.hits > 0)
        const length = came.head.fields.find(({ name: known }) => known === 'Content-Length')
        if (came.head.body === 'sized') assert.equal(length?.value, String(came.body.length))
        else assert.equal(length, undefined)
      },
    )
    await fc.assert(property, { numRuns: 120 })
  })
}

test('a message of gRPC is sent on when it is complete, and keeps its length', async () => {
  const message = (text: string): Buffer => {
    const head = Buffer.alloc(5)
    head.writeUInt32BE(text.length, 1)
    return Buffer.concat([head, Buffer.from(text)])
  }
  const scrub = new ResponseScrub(scrubberFor(value, false), 'pass')
  scrub.begin({ status: 200, reason: '', fields: [type('application/grpc+proto')], body: 'unsized' }, Number.NaN)
  const first = message('abcdefgh')
  assert.deepEqual(scrub.write(first), first)
  assert.deepEqual(scrub.write(first.subarray(0, 9)), first.subarray(0, 5))
  assert.deepEqual(scrub.write(first.subarray(9)), first.subarray(5))
  const clean = (await scrub.write(message(`x${value}`))).toString('latin1', 5)
  assert.equal(clean, `x${standIn.padEnd(value.length, '*')}`)
})

test('AC-10.2: under `block`, compressed messages, parts of bodies and codings that nobody knows are refused', async () => {
  const compressed = Buffer.from([1, 0, 0, 0, 1, 65])
  const refused = { code: 'response_uninspected' }
  const blocked = { uninspected: 'block' } as const
  await assert.rejects(through([type('application/grpc')], [compressed], blocked), refused)
  await assert.rejects(through([field('Content-Encoding', 'gzip, br')], [compressed], blocked), refused)
  await assert.rejects(through([field('Content-Encoding', 'gzip')], [compressed], blocked), refused)
  await assert.rejects(
    through([field('Content-Encoding', 'gzip'), type('text/event-stream')], [compressed], blocked),
    refused,
  )
  assert.deepEqual((await through([type('application/grpc')], [compressed])).body, compressed)
  assert.deepEqual((await through([field('Content-Encoding', 'gzip')], [compressed])).body, compressed)
  const part = new ResponseScrub(scrubberFor(value, false), 'block')
  assert.throws(() => part.begin({ status: 206, reason: '', fields: [], body: 'unsized' }, Number.NaN), refused)
})

test('what stands behind the end of compressed data is not taken for searched', async () => {
  const gzip = codingFor('gzip', Buffer.alloc(0))
  const bytes = Buffer.concat([gzip.encode(Buffer.from('data: x\n\n')), Buffer.from('tail that nobody reads')])
  const fields = [field('Content-Encoding', 'gzip'), type('text/event-stream')]
  await assert.rejects(through(fields, ownChunks(bytes, [29, 31, 40]), { uninspected: 'block' }), {
    code: 'response_uninspected',
  })
  assert.deepEqual((await through(fields, ownChunks(bytes, [29, 31, 40]))).body, bytes)
})

test('a value that is weak is never replaced: the response is broken off', async () => {
  const returned = { code: 'secret_returned' }
  await assert.rejects(through([], [Buffer.from(`"${value}"`)], { isWeak: true }), returned)
  await assert.rejects(through([field('X-Echo', value)], [], { isWeak: true }), returned)
  assert.equal((await through([], [Buffer.from('"other"')], { isWeak: true })).body.toString(), '"other"')
})

test('a head without a body is cleaned and keeps its length', () => {
  const scrub = new ResponseScrub(scrubberFor(value, false), 'block')
  const fields = [field('Content-Length', '99'), field('ETag', '"a"'), field('X-Echo', value)]
  scrub.begin({ status: 200, reason: `it is ${value}`, fields, body: 'none' }, Number.NaN)
  assert.deepEqual(scrub.head?.fields, [...fields.slice(0, 2), field('X-Echo', standIn)])
  assert.equal(scrub.head?.reason, `it is ${standIn}`)
})

test('N1: a head that is searched in the bytes it came in is cleaned like one that is searched field by field', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9:=%/ ]{0,20}$/).map((text) => text.trim())
  const text = fc
    .tuple(word, fc.constantFrom('', value, encodeURIComponent(value)), word)
    .map((parts) => parts.join(''))
  const heads = fc.record({
    reason: text,
    fields: fc.array(
      text.map((each) => field('X-Echo', each)),
      { maxLength: 4 },
    ),
  })
  const seen = { clean: 0, found: 0 }
  fc.assert(
    fc.property(heads, ({ reason, fields }) => {
      const raw = `HTTP/1.1 200 ${reason}\r\n${fields.map((each) => `${each.name}: ${each.value}\r\n`).join('')}\r\n`
      const [searched, plain] = [raw, undefined].map((bytes) => {
        const scrub = new ResponseScrub(scrubberFor(value, false), 'block')
        scrub.begin(
          { status: 200, reason, fields, body: 'none' },
          Number.NaN,
          bytes === undefined ? undefined : Buffer.from(bytes, 'latin1'),
        )
        return { ...scrub.head, hits: scrub.hits }
      })
      assert.deepEqual(searched, plain)
      seen[plain!.hits === 0 ? 'clean' : 'found'] += 1
    }),
    { numRuns: 300 },
  )
  assert.ok(seen.clean > 0 && seen.found > 0)
})

test('N1: in chunks that lie behind one another in memory, nothing of any secret survives, and nothing is taken for what it was', async () => {
  const bodies = fc.array(fc.constantFrom(value, `"${value}"`, 'x'.repeat(900), ' { "a": 1 } ', value.slice(0, 20)), {
    minLength: 4,
    maxLength: 40,
  })
  const property = fc.asyncProperty(
    bodies,
    fc.array(fc.nat(40_000), { maxLength: 6 }),
    fc.nat(2),
    async (parts, at, reused) => {
      const whole = Buffer.from(parts.join('').repeat(6))
      const sent = [type('application/json')]
      // Whoever read into the memory may do so again, once a chunk was taken.
      const scrub = new ResponseScrub(scrubberFor(value, false), 'pass')
      scrub.begin({ status: 200, reason: 'OK', fields: sent, body: 'unsized' }, Number.NaN)
      const out: Buffer[] = []
      for (const piece of slices(Buffer.from(whole), at)) {
        out.push(Buffer.from(await scrub.write(piece)))
        if (reused === 0) piece.fill(0x41)
      }
      out.push(Buffer.from(await scrub.end()))
      assert.equal(Buffer.concat(out).toString(), whole.toString().replaceAll(value, standIn))
    },
  )
  await fc.assert(property, { numRuns: 100 })
})

test('N1: behind a run that is longer than what is searched at once, a value is found all the same', async () => {
  for (const length of [60_000, 66_000, 140_000, 240_000]) {
    const body = Buffer.from(`{"blob":"${'x'.repeat(length)}","more":"${'y'.repeat(64)}","key":"${value}"}`)
    for (const isSized of [true, false]) {
      const came = await through([{ name: 'Content-Type', value: 'application/json' }], [body], { isSized })
      assert.equal(came.hits, 1, `${length}, ${isSized ? 'sized' : 'unsized'}`)
      assert.ok(!came.body.includes(value))
    }
  }
})
