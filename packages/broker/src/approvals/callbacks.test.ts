import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { test } from 'node:test'
import type { ApprovalCallback } from '@coatcheck/contract'
import { openApprovalsScene, sampleQuestion, sceneNonce, sceneWebhookKey } from './approvals-scene.suite.ts'
import { signCallback } from './webhook-signature.ts'

const startSeconds = Date.parse('2026-11-22T10:00:00.000Z') / 1000

async function openAsked(approvers: readonly string[] = []) {
  const chat = { name: 'chat', notify: async () => {} }
  const scene = openApprovalsScene({ channels: [chat, { ...chat, name: 'mail' }] })
  const asked = await scene.desk.ask(sampleQuestion({ approvers }))
  assert.ok('id' in asked)
  return { ...scene, id: asked.id }
}

function callback(
  approval: string,
  overrides: Partial<ApprovalCallback> = {},
  signedAs: Partial<Parameters<typeof signCallback>[1]> = {},
  key = sceneWebhookKey,
): ApprovalCallback {
  const nonce = sceneNonce('chat', approval)
  const said = {
    webhook: 'chat',
    decision: 'approve',
    time: startSeconds,
    nonce,
    by: 'mia',
    reason: '',
    ...overrides,
  } as const
  const signature = signCallback(key, { approval, ...said, ...signedAs })
  const { reason, ...rest } = said
  return { ...rest, ...(reason !== '' && { reason }), signature: overrides.signature ?? signature }
}

test('N5: a signed callback decides, and the journal says who', async () => {
  const { callbacks, id, service } = await openAsked(['chat'])
  assert.deepEqual(await callbacks.take(id, callback(id, { reason: 'fine' })), { state: 'approved' })
  const { decidedBy, reason, state } = service.get('default', id)
  assert.deepEqual([state, decidedBy, reason], ['approved', 'webhook:chat (mia)', 'fine'])
})

test('N5: a callback that is sent again is refused', async () => {
  const { callbacks, id, service } = await openAsked()
  const sent = callback(id, { decision: 'deny' })
  await callbacks.take(id, sent)
  await assert.rejects(callbacks.take(id, sent), { code: 'approval_decided' })
  await assert.rejects(callbacks.take(id, callback(id)), { code: 'approval_decided' })
  assert.equal(service.get('default', id).state, 'denied')
})

const wrong: Readonly<Record<string, (id: string) => ApprovalCallback>> = {
  'under another key': (id) => callback(id, {}, {}, createSecretKey(Buffer.alloc(32, 8))),
  'for another decision': (id) => callback(id, { decision: 'approve' }, { decision: 'deny' }),
  'with another time': (id) => callback(id, {}, { time: startSeconds - 1 }),
  'with another name': (id) => callback(id, { by: 'boss' }, { by: 'mia' }),
  'with another reason': (id) => callback(id, { reason: 'all is fine' }, { reason: 'no' }),
  'for another approval': (id) => callback(id, {}, { approval: 'apr_other' }),
  'with the nonce of another approval': (id) => callback(id, { nonce: sceneNonce('chat', 'apr_other') }),
  'five minutes too late': (id) => callback(id, { time: startSeconds - 301 }),
  'five minutes too early': (id) => callback(id, { time: startSeconds + 301 }),
  'by a webhook that there is not': (id) => callback(id, { webhook: 'post' }),
  'with no signature at all': (id) => callback(id, { signature: '0'.repeat(64) }),
}

for (const [fault, make] of Object.entries(wrong)) {
  test(`N5: a callback is refused that is signed ${fault}`, async () => {
    const { callbacks, id, service } = await openAsked()
    await assert.rejects(callbacks.take(id, make(id)), { code: 'callback_invalid' })
    assert.equal(service.get('default', id).state, 'pending')
  })
}

test('N5: a webhook decides nothing that others are asked about, and none decides what does not exist', async () => {
  const { callbacks, id, service } = await openAsked(['mail'])
  await assert.rejects(callbacks.take(id, callback(id)), { code: 'callback_invalid' })
  assert.equal(service.get('default', id).state, 'pending')
  await assert.rejects(callbacks.take('apr_none', callback('apr_none')), { code: 'approval_not_found' })
})

test('R-82: guessing signatures comes to an end', async () => {
  const { callbacks, id } = await openAsked()
  const codes = new Set<string>()
  for (let turn = 0; turn < 25; turn++) {
    const error = await callbacks.take(id, callback(id, { signature: '0'.repeat(64) })).catch((reason) => reason)
    codes.add(error.code)
  }
  assert.deepEqual([...codes], ['callback_invalid', 'rate_limited'])
})
