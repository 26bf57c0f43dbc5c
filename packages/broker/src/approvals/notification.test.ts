import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApprovalView } from '@coatcheck/contract'
import { sampleAsked } from './approvals-scene.suite.ts'
import { plainNotification, slackNotification } from './notification.ts'
import { shownText } from './shown-text.ts'

const facts = { webhook: 'chat', nonce: 'ab', callbackUrl: 'https://broker.test/v1/approvals/apr_1/callback' }

function asking(text: string): ApprovalView {
  const shown = shownText(text)
  const request = sampleAsked({
    url: `https://api.service.test/${shown}`,
    headers: [{ name: shown, value: shown }],
    body: { text: shown, bytes: 1, sha256: 'ab' },
  })
  const decided = { decidedAt: null, decidedBy: null, reason: null, usedAt: null }
  const times = { createdAt: '2026-01-01T00:00:00Z', expiresAt: '2026-01-01T00:15:00Z' }
  return {
    id: 'apr_1',
    kind: 'request',
    state: 'pending',
    sandbox: 'sbx_1',
    approvers: [],
    ...times,
    ...decided,
    request,
  }
}

const attacks = [
  '<!channel> <@U123> <https://evil.example|Approve>',
  '*bold* _it_ ~no~ `code` @here #general',
  '&lt;!channel&gt;',
  '"}],"blocks":[{"type":"actions"}]',
  'a\u202eb\u001b[2J\u2028c',
]

for (const attack of attacks) {
  test(`SEC-13: ${JSON.stringify(attack)} is no markup in a chat message`, () => {
    const message = JSON.parse(slackNotification(asking(attack), facts))
    assert.deepEqual(
      message.blocks.map(({ type }: { type: string }) => type),
      ['header', 'section', 'actions'],
    )
    const [, { text }] = message.blocks
    assert.equal(text.type, 'plain_text')
    assert.doesNotMatch(text.text, /[<>&@#*_~`|]/)
    assert.doesNotMatch(text.text.replaceAll('\n', ''), /[\p{Cc}\p{Cf}\p{Zl}]/u)
    assert.equal(message.text, 'Coatcheck: apr_1 waits for a decision')
  })
}

test('SEC-13: a message that does not show everything has no buttons', () => {
  const message = JSON.parse(slackNotification(asking('x'.repeat(4_000)), facts))
  assert.deepEqual(
    message.blocks.map(({ type }: { type: string }) => type),
    ['header', 'section', 'section'],
  )
  assert.match(message.blocks[2].text.text, /coatcheck approval show apr_1/)
})

test('buttons carry what a callback needs, and there are none where nobody takes one', () => {
  const values = JSON.parse(slackNotification(asking('x'), facts)).blocks[2].elements.map(
    ({ value }: { value: string }) => JSON.parse(value),
  )
  const common = { approval: 'apr_1', webhook: 'chat', nonce: 'ab' }
  assert.deepEqual(values, [
    { ...common, decision: 'approve' },
    { ...common, decision: 'deny' },
  ])
  const quiet = JSON.parse(slackNotification(asking('x'), { webhook: 'chat', nonce: 'ab' }))
  assert.equal(quiet.blocks.length, 2)
})

test('a plain notification has the whole approval', () => {
  const approval = asking('x')
  assert.deepEqual(JSON.parse(plainNotification(approval, facts)), { type: 'approval.asked', ...facts, approval })
})

test('N5: a request is shown with what was used of each cap that stands on it', () => {
  const cap = { unit: 'usd', limit: 50, window: 'day' } as const
  const usage = { on: 'secret', id: 'stripe', cap, text: '50usd/day', used: 25.5, reserved: 2, reset: null } as const
  const request = sampleAsked({ caps: [usage] })
  const { text } = JSON.parse(slackNotification({ ...asking('x'), request }, facts)).blocks[1].text
  assert.match(text, /Cap: 25\.5 of 50usd\/day used, 2 held, on the secret stripe/)
  assert.deepEqual(JSON.parse(plainNotification({ ...asking('x'), request }, facts)).approval.request.caps, [usage])
})

test('a push is shown by what it does, with the hash of its bytes and what it may use', () => {
  const action = ['push to acme/app', 'create refs/heads/a at 1']
  const body = { text: null, bytes: 99_999, sha256: 'ab' }
  const request = sampleAsked({ action, body, spend: { usd: 0, tokens: 0, emails: 0 } })
  const message = JSON.parse(slackNotification({ ...asking('x'), request }, facts))
  const { text } = message.blocks[1].text
  assert.match(text, /push to acme\/app\ncreate refs\/heads\/a at 1\n\nBody: 99999 bytes, SHA-256 ab/)
  assert.match(text, /Spend: nothing that is paid for/)
  assert.equal(message.blocks[2].type, 'actions')
  const plain = JSON.parse(plainNotification({ ...asking('x'), request }, facts))
  assert.deepEqual([plain.approval.request.action, plain.approval.request.body.text], [action, null])
})
