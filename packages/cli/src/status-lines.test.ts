import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resolveHome } from '@coatcheck/broker/home'
import type { BrokerStatus } from '@coatcheck/contract'
import { statusLines } from './status-lines.ts'

const status: BrokerStatus = {
  version: '0.1.0',
  vault: 'unlocked',
  secrets: 1,
  sandboxes: 2,
  journal: 'ok',
  startedAt: '2026-01-02T03:04:05.000Z',
  faults: 0,
  listeners: 'ok',
  doors: [],
}
const home = resolveHome('/var/lib/somewhere', {})

for (const [listeners, says] of [
  ['ok', /^listeners +ok$/],
  ['closed', /^listeners +closed: .*takes no connections/],
  ['starved', /^listeners +starved: no descriptor is left/],
] as const) {
  test(`AC-23.3: a person reads that the listeners are ${listeners}`, () => {
    const lines = statusLines({ ...status, listeners }, 'running', home)
    assert.equal(lines.filter((line) => says.test(line)).length, 1, lines.join('\n'))
  })
}

test('the folders of a home are those of this machine, so a remote broker has none', () => {
  const folders = (broker: 'running' | 'remote') =>
    statusLines(status, broker, home).filter((line) => /^(data|keys) /.test(line)).length
  assert.deepEqual([folders('running'), folders('remote')], [2, 0])
})
