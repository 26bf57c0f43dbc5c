import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { buildDnsAnswer, dnsCodes, parseDnsQuery } from './dns-message.ts'

/** A query for labels of these bytes. */
function query(labels: readonly (string | Uint8Array)[], type = 1, header = '123401000001000000000000'): Buffer {
  const name = labels.flatMap((label) => [Uint8Array.of(label.length), Buffer.from(label as string, 'latin1')])
  const fixed = Buffer.alloc(5)
  fixed.writeUInt16BE(type, 1)
  fixed.writeUInt16BE(1, 3)
  return Buffer.concat([Buffer.from(header, 'hex'), ...name, fixed])
}

function parsed(message: Uint8Array) {
  const result = parseDnsQuery(message)
  assert.ok(result !== undefined && 'question' in result)
  return result
}

test('a question is read, letters as they came', () => {
  const { id, opcode, recursionDesired, name, type, class: kind } = parsed(query(['aPi', 'Example', 'com'], 28))
  assert.deepEqual([id, opcode, recursionDesired, name, type, kind], [0x1234, 0, true, 'aPi.Example.com', 28, 1])
})

test('what follows the question, such as EDNS, is ignored', () => {
  const edns = Buffer.from('0000291000000000000000', 'hex')
  assert.equal(parsed(Buffer.concat([query(['a', 'example']), edns])).name, 'a.example')
})

test('the root has an empty name', () => assert.equal(parsed(query([])).name, ''))

test('bytes that no host has are escaped, so that they cannot make another name (R-08)', () => {
  const names = [['a.b', 'example'], ['evil\0', 'com'], ['a b'], ['\\'], [Uint8Array.of(0xff, 0xc3)]].map(
    (labels) => parsed(query(labels)).name,
  )
  assert.deepEqual(names, ['a\\046b.example', 'evil\\000.com', 'a\\032b', '\\092', '\\255\\195'])
})

test('labels of 63 bytes and names of 255 are read', () => {
  const label = 'a'.repeat(63)
  assert.equal(parsed(query([label, label, label, 'b'.repeat(61)])).name.length, 253)
})

const header = '123401000001000000000000'
const malformed: readonly [name: string, message: Buffer][] = [
  ['no question', Buffer.from('123401000000000000000000', 'hex')],
  ['two questions', query(['a'], 1, '123401000002000000000000')],
  ['a name that does not end', Buffer.from(`${header}0161`, 'hex')],
  ['a label that does not end', Buffer.from(`${header}3f6161`, 'hex')],
  ['no type', Buffer.from(`${header}01610000`, 'hex')],
  ['a pointer to itself (R-121)', Buffer.from(`${header}c00c00010001`, 'hex')],
  ['a pointer into the header (R-121)', Buffer.from(`${header}c00000010001`, 'hex')],
  ['a pointer after a label (R-121)', Buffer.from(`${header}0161c00c00010001`, 'hex')],
  [
    'a label of 64 bytes',
    Buffer.concat([Buffer.from(header, 'hex'), Buffer.from([64]), Buffer.alloc(64, 97), Buffer.from([0, 0, 1, 0, 1])]),
  ],
  ['a name of 256 bytes', query(['a'.repeat(63), 'a'.repeat(63), 'a'.repeat(63), 'b'.repeat(62)])],
  ['a name of many short labels', query(Array.from({ length: 200 }, () => 'a'))],
]

for (const [name, message] of malformed) {
  test(`a message with ${name} is malformed`, () => {
    assert.deepEqual(parseDnsQuery(message), { id: 0x1234, malformed: true })
    const answer = buildDnsAnswer({ id: 0x1234, malformed: true }, { code: dnsCodes.malformed })
    assert.equal(answer.toString('hex'), '123484810000000000000000')
  })
}

test('responses and messages without a header get no answer', () => {
  assert.equal(parseDnsQuery(query(['a'], 1, '123481000001000000000000')), undefined)
  assert.equal(parseDnsQuery(query(['a']).subarray(0, 11)), undefined)
  assert.equal(parseDnsQuery(new Uint8Array()), undefined)
})

test('an answer repeats the question, and holds the address', () => {
  const message = query(['API', 'example'])
  const answer = buildDnsAnswer(parsed(message), { code: dnsCodes.ok, address: '198.18.255.1' })
  assert.equal(answer.toString('hex', 0, 12), '123485800001000100000000')
  assert.deepEqual(answer.subarray(12, message.length), message.subarray(12))
  assert.equal(answer.toString('hex', message.length), 'c00c000100010000001e0004c612ff01')
})

test('an answer without an address has a code and the question alone', () => {
  const message = query(['a'], 65, '123400000001000000000000')
  const answer = buildDnsAnswer(parsed(message), { code: dnsCodes.noSuchName })
  assert.equal(answer.toString('hex'), `123484830001000000000000${message.toString('hex', 12)}`)
})

test('no message makes the parser fail, and every answer is short', () => {
  const bytes = fc.uint8Array({ maxLength: 600 })
  const questions = fc
    .tuple(bytes, fc.constantFrom('0100', '0000', '2900'))
    .map(([tail, flags]) => Buffer.concat([Buffer.from(`1234${flags}0001000000000000`, 'hex'), tail]))
  fc.assert(
    fc.property(fc.oneof(bytes, questions), (message) => {
      const result = parseDnsQuery(message)
      if (result === undefined) return
      const answer = buildDnsAnswer(result, { code: dnsCodes.ok, address: '198.18.0.1' })
      assert.ok(answer.length <= 512)
      if ('question' in result) assert.match(result.name, /^[A-Za-z0-9_.\\-]*$/)
    }),
    { numRuns: 5_000 },
  )
})
