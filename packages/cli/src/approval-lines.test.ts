import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApprovalView } from '@coatcheck/contract'
import { approvalLines, decisionLines } from './approval-lines.ts'

const view: ApprovalView = {
  id: 'apr_1',
  kind: 'request',
  state: 'pending',
  sandbox: 'sbx_1',
  approvers: [],
  createdAt: '2026-01-01T00:00:00Z',
  expiresAt: '2026-01-01T00:15:00Z',
  decidedAt: null,
  decidedBy: null,
  reason: null,
  usedAt: null,
  request: {
    method: 'POST',
    url: 'https://api.service.test/v1/refunds',
    headers: [{ name: 'Content-Type', value: 'text/plain' }],
    body: { text: 'one\nstate      approved\n\nsandbox  sbx_2', bytes: 36, sha256: 'ab' },
    rule: 'refunds',
    grants: [{ id: 'grt_1', env: 'KEY', secret: 'shop' }],
  },
}

test('SEC-13: no line of a body looks like a line of ours', () => {
  const lines = approvalLines(view)
  const body = lines.slice(lines.findIndex((line) => line.startsWith('body')) + 1)
  assert.deepEqual(body, ['  | one', '  | state      approved', '  | ', '  | sandbox  sbx_2'])
  assert.ok(lines.includes('  | POST https://api.service.test/v1/refunds'))
  assert.equal(lines.filter((line) => /^\s*state/.test(line)).length, 1)
})

test('SEC-13: what a push does stands behind the mark too, in the place of its bytes', () => {
  const action = ['push to acme/app', 'create refs/heads/a at 1', 'a pack of 9 bytes']
  const body = { text: null, bytes: 99, sha256: 'ab' }
  const lines = approvalLines({ ...view, request: { ...view.request!, action, body, spend: { usd: 20, emails: 0 } } })
  const told = lines.slice(lines.indexOf('what it does') + 1)
  assert.deepEqual(told, [...action.map((line) => `  | ${line}`), 'body, 99 bytes, sha256 ab'])
  assert.ok(
    lines.some((line) => /^spend +at most 20 dollars; how many tokens cannot be told$/.test(line)),
    lines.join(),
  )
})

test('N5: what was used of each cap is told beside the most that the request can use', () => {
  const cap = { unit: 'usd', limit: 50, window: 'day' } as const
  const usage = { on: 'grant', id: 'grt_1', cap, text: '50usd/day', used: 0, reserved: 0, reset: null } as const
  const caps = [usage, { ...usage, used: 50, openUntil: '2026-11-24T00:00:00.000Z' }]
  const lines = approvalLines({ ...view, request: { ...view.request!, caps } })
  assert.deepEqual(
    lines.filter((line) => line.startsWith('cap ')).map((line) => line.replace(/^cap +/, '')),
    [
      '0 of 50usd/day used, on the grant grt_1',
      '50 of 50usd/day used, circuit open until 2026-11-24T00:00:00.000Z, on the grant grt_1',
    ],
  )
  assert.ok(!approvalLines(view).some((line) => line.startsWith('cap ')))
})

test('a decision says what follows from it', () => {
  assert.match(decisionLines({ ...view, state: 'denied' })[0]!, /denied/)
  assert.match(decisionLines({ ...view, state: 'approved' })[0]!, /once, until/)
  const env = { STRIPE_KEY: 'placeholder' }
  const grant = { id: 'grt_1', env: 'STRIPE_KEY', secret: 'shop', to: [], expiresAt: null }
  const given = { ...view, state: 'approved', grant: { grant, placeholder: 'placeholder', env } } as const
  assert.deepEqual(decisionLines(given), ['STRIPE_KEY=placeholder'])
})
