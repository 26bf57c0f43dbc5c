import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ActivityRow, AuditEvent } from '@coatcheck/contract'
import { activityLine } from './activity-line.ts'

const line = (kind: ActivityRow['kind'], event: Partial<AuditEvent>, decision: ActivityRow['decision'] = 'allowed') =>
  activityLine({
    id: 'x',
    kind,
    decision,
    at: 'T',
    event: { id: 'x', kind: 'exchange.completed', at: 'T', project: 'default', ...event },
  })

test('a request is a line with method, address, status, time and the secrets it carried', () => {
  const event = { method: 'POST', scheme: 'https', host: 'api.stripe.com', port: 443, path: '/v1/x', status: 200 }
  assert.equal(
    line('exchange', { ...event, latencyMs: 12.6, secrets: ['stripe@2'], sandbox: 'sbx_1' }),
    'T  allowed  POST https://api.stripe.com/v1/x  200  13 ms  with stripe@2  sbx_1',
  )
})

test('a refused connection says where to and why', () => {
  assert.equal(
    line('connection', { host: 'x.example', port: 8443, code: 'destination_denied' }, 'refused'),
    'T  refused  connection x.example:8443  destination_denied',
  )
})

test('a management action says what was changed, and by whom', () => {
  assert.equal(line('management', { kind: 'secret.rotated', subject: 'stripe' }), 'T  changed  secret.rotated stripe')
  assert.equal(
    line('management', { kind: 'secret.rotated', subject: 'stripe', actor: 'tok_1' }),
    'T  changed  secret.rotated stripe  by tok_1',
  )
  assert.equal(
    line('management', { kind: 'authentication.failed', code: 'token_invalid', count: 3 }, 'refused'),
    'T  refused  authentication.failed  3 times  token_invalid',
  )
})
