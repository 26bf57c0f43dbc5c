import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { CommandWalk, type WalkRules } from './command-walk.ts'
import { packet } from './packet-link.ts'

const usual: WalkRules = {
  refusesPasswordChanges: true,
  refusesPasswordHashes: true,
  isReadOnly: false,
  hasAttributes: false,
  threadOf: (id) => (id === 7 ? 70 : id === 70 ? 70 : undefined),
  refused: () => {},
}

function command(code: number, text: string | Buffer = ''): Buffer {
  return packet(0, Buffer.of(code), Buffer.from(text))
}

/** What goes on of bytes that come in chunks, and what was refused. */
function walked(chunks: readonly Buffer[], rules: Partial<WalkRules> = {}) {
  const notes: string[] = []
  const walk = new CommandWalk({ ...usual, ...rules, refused: (note) => void notes.push(note) })
  const passed: Buffer[] = []
  let isBroken = false
  let handedOver: Buffer | undefined
  for (const chunk of chunks) {
    if (handedOver !== undefined) {
      handedOver = Buffer.concat([handedOver, chunk])
      continue
    }
    const bytes = walk.pass(chunk)
    if (bytes === undefined) isBroken = true
    if (isBroken) break
    passed.push(Buffer.from(bytes!))
    handedOver = walk.takeHandedOver()
  }
  return { passed: Buffer.concat(passed), notes, isBroken, handedOver }
}

function split(bytes: Buffer): readonly Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = randomInt(1, 40)
    chunks.push(bytes.subarray(at, at + length))
    at += length
  }
  return chunks
}

const long = Buffer.alloc(0xff_ffff, 'x')
long[0] = 3

test('MY-07, MY-14: whatever the segments, the same goes on and the same is refused', () => {
  const said = Buffer.concat([
    command(3, 'select 1'),
    command(0x12, 'binlog'),
    command(0x16, 'alter user a identified by "x"'),
    packet(0),
    command(0x0e),
    command(3, 'kill query 7'),
    command(0x0c, Buffer.of(8, 0, 0, 0)),
    command(3, "set password = password('x')"),
    command(0x17, Buffer.alloc(50)),
    command(3, 'select 2'),
    command(0x11, 'user\0'),
    command(3, 'set password = 1'),
  ])
  const whole = walked([said])
  assert.deepEqual(whole.notes, [
    'command 18',
    'it sets the password of a user',
    'an empty command',
    'it ends a session of somebody else',
    'it sets the password of a user',
  ])
  assert.ok(whole.passed.includes('kill query 70'))
  assert.ok(!whole.passed.includes('binlog') && !whole.passed.includes('alter'))
  assert.equal(whole.handedOver?.subarray(5, 9).toString(), 'user')
  const byteByByte = walked(Array.from(said, (byte) => Buffer.of(byte)))
  assert.deepEqual(byteByByte, whole)
  for (let round = 0; round < 200; round += 1) assert.deepEqual(walked(split(said)), whole)
})

test('MY-07: a statement in several packets goes on, and what is in it is no command', () => {
  const said = Buffer.concat([
    packet(0, long),
    packet(1, Buffer.concat([Buffer.of(0x12), Buffer.alloc(0xff_fffe)])),
    packet(2),
    command(0x0e),
  ])
  const { passed, notes, isBroken } = walked([
    said.subarray(0, 20),
    said.subarray(20, 40_000_000 / 2),
    said.subarray(20_000_000),
  ])
  assert.ok(passed.equals(said))
  assert.deepEqual([notes, isBroken], [[], false])
})

test('a statement in several packets is refused as one where it cannot be looked at', () => {
  const said = Buffer.concat([packet(0, long), packet(1, Buffer.from('rest')), command(0x0e)])
  for (const at of [3, 5, 1_000_000, said.length - 12, said.length - 3]) {
    const { passed, notes } = walked([said.subarray(0, at), said.subarray(at)], { isReadOnly: true })
    assert.deepEqual(notes, ['it is too long to be looked at'])
    assert.ok(passed.subarray(5).toString('latin1').startsWith('signal sqlstate'))
    assert.ok(passed.subarray(-5).equals(command(0x0e)))
  }
})

test('MY-06: a number that no command begins with ends the session', () => {
  for (const sequence of [1, 2, 255]) {
    const said = [command(0x0e), packet(sequence, Buffer.from('\x03select 1'))]
    assert.equal(walked(said).isBroken, true)
    assert.equal(walked([Buffer.concat(said)]).isBroken, true)
  }
})

test('MY-14: of all commands, those of sessions go on', () => {
  const passing: number[] = []
  for (let code = 0; code < 256; code += 1) {
    if (code === 0x11) continue
    const { passed, notes } = walked([command(code, Buffer.of(7, 0, 0, 0))])
    if (notes.length === 0) passing.push(code)
    else assert.ok(passed.includes('signal sqlstate'))
  }
  const known = [1, 2, 3, 4, 9, 10, 12, 14, 22, 23, 24, 25, 26, 27, 28, 31, 250]
  assert.deepEqual(passing, known)
})

test('read-only: what would begin the session anew without the broker is refused', () => {
  for (const code of [0x1b, 0x1f]) {
    assert.deepEqual(walked([command(code, Buffer.of(0, 0))], { isReadOnly: true }).notes, [
      'the scope is for reading only',
    ])
  }
})

test('the text of a statement begins behind its attributes', () => {
  const rules = { hasAttributes: true, isReadOnly: true }
  assert.deepEqual(walked([command(3, '\0\x01select 1')], rules).notes, [])
  assert.deepEqual(walked([command(3, '\0\x01delete from kept')], rules).notes, ['the scope is for reading only'])
  const attributes = command(3, '\x01\x01\0\x01\xfe\0\x01a\x01bselect 1')
  assert.deepEqual(walked([attributes], rules).notes, ['it has attributes'])
  const { passed } = walked([command(3, '\0\x01set password = 1')], { hasAttributes: true })
  assert.equal(passed.toString('latin1', 5, 13), '\0\x01signal')
})
