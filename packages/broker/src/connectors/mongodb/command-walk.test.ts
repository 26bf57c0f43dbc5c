import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Document, serialize } from 'bson'
import fc from 'fast-check'
import { AnswerStream } from './answer-stream.ts'
import { CommandWalk } from './command-walk.ts'
import { message, opcodes } from './wire.ts'

const rules = { databases: new Set(['app']), isReadOnly: false }

interface Walked {
  readonly passed: string
  readonly heard: readonly string[]
  readonly isCut: boolean
}

function walk(chunks: readonly Buffer[]): Walked {
  const heard: string[] = []
  const walk = new CommandWalk(rules, {
    asked: ({ name, requestId }) => heard.push(`asked ${name} ${requestId}`),
    refused: (note, requestId) => heard.push(`refused ${note} ${requestId}`),
  })
  const passed: Buffer[] = []
  for (const chunk of chunks) {
    const next = walk.pass(Buffer.from(chunk))
    if (next === undefined) return { passed: '', heard, isCut: true }
    passed.push(Buffer.from(next))
  }
  return { passed: Buffer.concat(passed).toString('base64'), heard, isCut: false }
}

/** An OP_MSG with sequences beside its body. */
function compose(
  id: number,
  flags: number,
  body: Document,
  ...sequences: readonly (readonly [string, number])[]
): Buffer {
  const parts = sequences.map(([name, count]) => {
    const content = Buffer.concat([
      Buffer.from(`${name}\0`),
      ...Array.from({ length: count }, (_, n) => serialize({ n })),
    ])
    const start = Buffer.from([1, 0, 0, 0, 0])
    start.writeInt32LE(content.length + 4, 1)
    return Buffer.concat([start, content])
  })
  const bytes = Buffer.concat([message(body), ...parts, Buffer.alloc((flags & 1) * 4)])
  bytes.writeInt32LE(bytes.length)
  bytes.writeInt32LE(id, 4)
  bytes.writeUInt32LE(flags, 16)
  return bytes
}

const said: readonly Buffer[] = [
  compose(1, 0, { find: 'things', $db: 'app' }),
  compose(2, 0, { insert: 'things', $db: 'app' }, ['documents', 40]),
  compose(3, 1, { update: 'things', $db: 'app' }, ['updates', 3]),
  compose(4, 0, { usersInfo: 1, $db: 'admin' }),
  compose(5, 2, { insert: 'things', $db: 'other' }, ['documents', 30]),
  compose(6, 0x1_0000, { hello: 1, $db: 'admin' }),
  compose(7, 3, { delete: 'things', $db: 'app' }, ['deletes', 0]),
  compose(8, 1, { drop: 'things', $db: 'other' }),
  compose(9, 0, { ping: 1, $db: 'admin' }),
]
const whole = Buffer.concat(said)
const expected = walk([whole])

test('what goes on is what the rules allow, byte for byte', () => {
  const kept = [0, 1, 2, 6, 8].map((index) => said[index]!)
  assert.equal(expected.passed, Buffer.concat(kept).toString('base64'))
  assert.deepEqual(expected.heard, [
    'refused command: usersInfo, it is on no list 4',
    'refused command: insert, the scope does not have its database undefined',
    'asked hello 6',
    'refused command: drop, the scope does not have its database 8',
  ])
})

test('CO-11: however what is said is cut up, the same goes on', () => {
  assert.deepEqual(walk([...whole].map((byte) => Buffer.of(byte))), expected)
  const cuts = fc.array(fc.integer({ min: 0, max: whole.length }), { maxLength: 40 })
  fc.assert(
    fc.property(cuts, (places) => {
      const sorted = [0, ...places.toSorted((one, other) => one - other), whole.length]
      const chunks = sorted.slice(1).map((place, index) => whole.subarray(sorted[index], place))
      assert.deepEqual(walk(chunks), expected)
    }),
    { numRuns: 200 },
  )
})

test('hostile bytes end the session, or wait, and never throw', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: said.length - 1 }),
      fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { minLength: 1 }),
      (index, changes) => {
        const bytes = Buffer.from(said[index]!)
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        walk([bytes, whole])
      },
    ),
    { numRuns: 2_000 },
  )
})

const cut: readonly (readonly [string, Buffer])[] = [
  ['a sequence of another name', compose(1, 0, { insert: 'x', $db: 'app' }, ['updates', 1])],
  ['a sequence for a command that has none', compose(1, 0, { aggregate: 'x', $db: 'app' }, ['pipeline', 1])],
  ['a second sequence', compose(1, 0, { insert: 'x', $db: 'app' }, ['documents', 1], ['documents', 1])],
  [
    'a sequence that is longer than the message',
    lengthened(compose(1, 0, { insert: 'x', $db: 'app' }, ['documents', 1])),
  ],
  ['bits that have to be understood', compose(1, 8, { ping: 1, $db: 'app' })],
]

function lengthened(bytes: Buffer): Buffer {
  const at = bytes.lastIndexOf('documents') - 4
  bytes.writeInt32LE(bytes.readInt32LE(at) + 1, at)
  return bytes
}

for (const [what, bytes] of cut) {
  test(`MG-07: the session ends: ${what}`, () => {
    assert.ok(walk([bytes]).isCut)
    assert.ok(walk([...bytes].map((byte) => Buffer.of(byte))).isCut)
  })
}

test('answers of the broker stand between those of the service, never inside one', () => {
  const told = [message({ one: 1 }), message({ two: 'x'.repeat(300) }), message({ three: 3 })]
  const own = message({ own: 1 })
  const all = Buffer.concat(told)
  for (let place = 0; place <= all.length; place += 1) {
    const written: Buffer[] = []
    const stream = new AnswerStream((bytes) => written.push(bytes))
    const take = (chunk: Buffer): void => void written.push(stream.pass(chunk)!)
    take(all.subarray(0, place))
    stream.insert(own)
    take(all.subarray(place))
    const result = Buffer.concat(written)
    const starts = [0, told[0]!.length, told[0]!.length + told[1]!.length, all.length]
    const at = result.indexOf(own)
    assert.ok(starts.includes(at), `${place}`)
    assert.ok(Buffer.concat([result.subarray(0, at), result.subarray(at + own.length)]).equals(all))
  }
})

test('MG-06: a service that answers in another form ends the session', () => {
  for (const opcode of [opcodes.compressed, opcodes.reply, 0]) {
    const bytes = message({ ok: 1 })
    bytes.writeInt32LE(opcode, 12)
    assert.equal(new AnswerStream(() => {}).pass(bytes), undefined)
  }
})
