import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NameTable } from './name-table.ts'

test('names get addresses in the order in which they are first asked for, and keep them', () => {
  const names = new NameTable('198.18.0.0/15')
  assert.equal(names.addressOf('a.example'), '198.18.0.1')
  assert.equal(names.addressOf('b.example'), '198.18.0.2')
  assert.equal(names.addressOf('a.example'), '198.18.0.1')
})

test('an address leads back to its name, and to no other (R-02, R-18)', () => {
  const names = new NameTable('198.18.0.0/15')
  const [first, second] = [names.addressOf('a.example')!, names.addressOf('b.example')!]
  assert.notEqual(first, second)
  assert.equal(names.nameOf(first), 'a.example')
  assert.equal(names.nameOf(second), 'b.example')
  assert.equal(names.nameOf(`::ffff:${first}`), 'a.example')
  for (const raw of ['198.18.0.0', '198.18.0.3', '1.1.1.1', '127.0.0.1', '169.254.169.254', '::1', '']) {
    assert.equal(names.nameOf(raw), undefined)
  }
})

test('two sandboxes give one address to different names', () => {
  const [one, other] = [new NameTable('198.18.0.0/15'), new NameTable('198.18.0.0/15')]
  assert.equal(one.addressOf('a.example'), other.addressOf('b.example'))
  assert.equal(one.nameOf('198.18.0.1'), 'a.example')
  assert.equal(other.nameOf('198.18.0.1'), 'b.example')
})

test('a table holds 4,096 names, and never gives an address twice', () => {
  const names = new NameTable('198.18.0.0/15')
  const given = new Set(Array.from({ length: 5_000 }, (_, index) => names.addressOf(`host-${index}.example`)))
  assert.equal(given.size, 4_096 + 1)
  assert.equal(names.addressOf('host-4096.example'), undefined)
  assert.equal(names.addressOf('host-0.example'), '198.18.0.1')
  assert.equal(names.addressOf('host-4095.example'), '198.18.16.0')
  assert.equal(names.nameOf('198.18.16.0'), 'host-4095.example')
})

test('a small network leaves out its first and last address', () => {
  const names = new NameTable('10.9.8.4/30')
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => names.addressOf(name)),
    ['10.9.8.5', '10.9.8.6', undefined],
  )
})

for (const network of [
  '',
  '198.18.0.0',
  '198.18.0.0/31',
  '198.18.0.0/33',
  '198.18.0.0/',
  '::/96',
  'a/15',
  '0x7f.1/8',
]) {
  test(`${JSON.stringify(network)} is no network`, () => assert.throws(() => new NameTable(network), TypeError))
}
