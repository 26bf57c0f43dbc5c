import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActivityRow, AuditEvent } from '@coatcheck/contract'
import { BlockedHosts } from './blocked-hosts.ts'

const row = (event: Partial<AuditEvent>): ActivityRow => ({
  id: 'con_1',
  kind: 'connection',
  decision: 'refused',
  at: '',
  event: { id: 'con_1', kind: 'connection.refused', at: '', project: 'default', code: 'destination_denied', ...event },
})

test('a host that was refused is told once, with the option that lets it through', () => {
  const blocked = new BlockedHosts()
  for (const event of [{ host: 'pypi.example' }, { host: 'x.example', port: 8443 }, { host: 'pypi.example' }]) {
    blocked.add(row(event))
  }
  assert.deepEqual(blocked.lines(), [
    'blocked pypi.example (2 times): the destination is not allowed; --allow pypi.example would let it through',
    'blocked x.example:8443 (once): the destination is not allowed; --allow x.example:8443 would let it through',
  ])
})

test('what no option helps against is told without one', () => {
  const blocked = new BlockedHosts()
  blocked.add(row({ host: 'evil.example', code: 'placeholder_wrong_destination' }))
  assert.match(blocked.lines()[0] ?? '', /^blocked evil\.example \(once\): a placeholder was sent to [^;]*$/)
})

test('counted refusals count, and a flood of hosts stays short', () => {
  const blocked = new BlockedHosts()
  blocked.add(row({ host: 'many.example', count: 500 }))
  for (let index = 0; index < 20; index++) blocked.add(row({ host: `h${index}.example` }))
  const lines = blocked.lines()
  assert.match(lines[0] ?? '', /many\.example \(500 times\)/)
  assert.equal(lines.at(-1), 'and 13 more; see coatcheck logs')
  assert.equal(lines.length, 9)
})
