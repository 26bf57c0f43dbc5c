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

const grant = {
  id: 'grt_1',
  env: 'STRIPE_KEY',
  secret: null,
  to: ['api.stripe.com', 'api.stripe.com'],
  expiresAt: null,
}

test('a host that was refused is told once, with the option that lets it through', () => {
  const blocked = new BlockedHosts()
  const events = [{ host: 'pypi.example' }, { host: 'x.example', port: 8443 }, { host: 'pypi.example' }]
  const first = [...events, { host: 'y.example', port: 8080, scheme: 'http' }].map((event) => blocked.add(row(event)))
  assert.deepEqual(
    first.map((one) => one?.host),
    ['pypi.example', 'x.example', undefined, 'y.example'],
  )
  assert.deepEqual(blocked.lines(), [
    'blocked pypi.example (2 times): the destination is not allowed; --allow pypi.example would let it through',
    'blocked x.example:8443 (once): the destination is not allowed; --allow https://x.example:8443 would let it through',
    'blocked y.example:8080 (once): the destination is not allowed; --allow http://y.example:8080 would let it through',
  ])
})

test('a placeholder at a wrong host is told with where it is good, and never with --allow', () => {
  const blocked = new BlockedHosts([grant])
  const note = 'env: STRIPE_KEY, host: evil.example'
  blocked.add(row({ host: 'evil.example', code: 'placeholder_wrong_destination', note }))
  const [line = ''] = blocked.lines()
  assert.match(line, /the one in STRIPE_KEY is good for api\.stripe\.com\./)
  assert.match(line, /secret create NAME --to evil\.example and add --secret STRIPE_KEY=NAME/)
  assert.doesNotMatch(line, /--allow/)
})

test('what no option helps against is told without one', () => {
  const blocked = new BlockedHosts()
  blocked.add(row({ host: 'evil.example', code: 'placeholder_foreign' }))
  assert.match(blocked.lines()[0] ?? '', /^blocked evil\.example \(once\): a placeholder [^;]*$/)
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

test('a credential of one’s own at a host that a secret covers is answered with the variable to use', () => {
  const blocked = new BlockedHosts([grant])
  const [to = ''] = grant.to
  blocked.add(row({ host: to, code: 'foreign_credential' }))
  assert.match(blocked.lines()[0] ?? '', new RegExp(`send the placeholder in ${grant.env} instead`))
})
