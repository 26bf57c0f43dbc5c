import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApprovalView, CapUsage } from '@coatcheck/contract'
import { openApprovalsScene, sampleAsked, sampleQuestion } from './approvals-scene.suite.ts'

const question = sampleQuestion()
const halfUsed: CapUsage = {
  ...{ on: 'secret', id: 'stripe', cap: { unit: 'usd', limit: 50, window: 'day' }, text: '50usd/day' },
  ...{ used: 25.5, reserved: 2, reset: '2026-11-23T00:00:00.000Z' },
}
const taking = (id: string) => ({ id, sandboxId: 'sbx_1', digest: 'ab' })

async function idOf(asked: ReturnType<ReturnType<typeof openApprovalsScene>['desk']['ask']>): Promise<string> {
  const answer = await asked
  assert.ok('id' in answer, answer.outcome)
  return answer.id
}

test('AC-16.2: an approval fits one question, and is used once', async () => {
  const { desk, service, book } = openApprovalsScene()
  const id = await idOf(desk.ask(question))
  assert.equal((await desk.ask(question)).outcome, 'pending')
  assert.equal(book.list('default').length, 1, 'asked twice')
  await service.decide(id, { decision: 'approve' }, 'owner')
  assert.equal((await desk.ask(sampleQuestion({ digest: 'cd' }))).outcome, 'pending')
  assert.equal((await desk.ask(sampleQuestion({ sandboxId: 'sbx_2' }))).outcome, 'pending')
  assert.deepEqual(await desk.ask(question), { outcome: 'approved', id })
  assert.equal(await desk.take({ ...taking(id), digest: 'cd' }), false)
  assert.equal(await desk.take({ ...taking(id), sandboxId: 'sbx_2' }), false)
  const taken = await Promise.all(Array.from({ length: 20 }, () => desk.take(taking(id))))
  assert.equal(taken.filter(Boolean).length, 1)
  const next = await idOf(desk.ask(question))
  assert.notEqual(next, id)
  assert.deepEqual(await desk.ask({ ...question, retryKey: id }), { outcome: 'used', id, reason: null })
})

test('whoever decides sees how the caps stood when it was asked, and one question is asked once, however many ask it', async () => {
  const { book, desk, service } = openApprovalsScene({ caps: [halfUsed] })
  const answers = await Promise.all(Array.from({ length: 5 }, () => idOf(desk.ask(question))))
  assert.equal(new Set(answers).size, 1)
  assert.equal(book.list('default').length, 1)
  assert.deepEqual(service.get('default', answers[0]!).request?.caps, [halfUsed])
})

test('where no cap stands on a request, nothing is said of any', async () => {
  const { desk, service } = openApprovalsScene()
  const id = await idOf(desk.ask(question))
  assert.ok(!('caps' in service.get('default', id).request!))
})

test('AC-16.4: deciding twice, from two surfaces or after a restart, gives one outcome', async () => {
  const scene = openApprovalsScene()
  const { desk, service, audited } = scene
  const id = await idOf(desk.ask(question))
  const both = await Promise.allSettled([
    service.decide(id, { decision: 'deny', reason: 'no' }, 'tok_1'),
    service.decide(id, { decision: 'approve' }, 'owner'),
  ])
  assert.deepEqual(
    both.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  const again = scene.again()
  await assert.rejects(again.service.decide(id, { decision: 'approve' }, 'owner'), { code: 'approval_decided' })
  const same = await again.service.decide(id, { decision: 'deny' }, 'owner')
  assert.deepEqual([same.state, same.decidedBy, same.reason], ['denied', 'tok_1', 'no'])
  assert.deepEqual(await again.desk.ask(question), { outcome: 'denied', id, reason: 'no' })
  assert.equal(audited.filter(({ kind }) => kind === 'approval.decided').length, 1)
})

test('AC-16.4: what was approved before a restart is good after it, once', async () => {
  const scene = openApprovalsScene()
  const id = await idOf(scene.desk.ask(question))
  await scene.service.decide(id, { decision: 'approve' }, 'owner')
  const again = scene.again()
  assert.deepEqual(await again.desk.ask(question), { outcome: 'approved', id })
  assert.equal(await again.desk.take(taking(id)), true)
  assert.equal(await scene.desk.take(taking(id)), false)
})

test('AC-16.3: denied, expired, cancelled and unreachable are told apart', async () => {
  const scene = openApprovalsScene()
  const { desk, service, ended } = scene
  const id = await idOf(desk.ask(question))
  const named = { ...question, retryKey: id }
  assert.equal((await desk.ask({ ...named, digest: 'cd' })).outcome, 'mismatch')
  assert.equal((await desk.ask({ ...named, sandboxId: 'sbx_2' })).outcome, 'mismatch')
  ended.add('sbx_1')
  assert.equal((await desk.ask(named)).outcome, 'cancelled')
  await assert.rejects(service.decide(id, { decision: 'approve' }, 'owner'), { code: 'approval_decided' })
  ended.clear()
  scene.pass(901)
  assert.equal((await desk.ask(named)).outcome, 'expired')
  await assert.rejects(service.decide(id, { decision: 'approve' }, 'owner'), { code: 'approval_decided' })
  assert.equal(service.get('default', id).state, 'expired')
  assert.notEqual(await idOf(desk.ask(question)), id)
  const unseen = sampleQuestion({ digest: 'ef', approvers: ['nobody'] })
  assert.deepEqual(await desk.ask(unseen), { outcome: 'unreachable' })
  assert.equal(service.list('default').length, 2)
})

test('AC-16.3: an approval that is not used in time lets nothing through', async () => {
  const { desk, service, pass } = openApprovalsScene()
  const id = await idOf(desk.ask(question))
  pass(899)
  await service.decide(id, { decision: 'approve' }, 'owner')
  pass(899)
  assert.equal((await desk.ask(question)).outcome, 'approved')
  pass(2)
  assert.equal(await desk.take(taking(id)), false)
  assert.equal((await desk.ask(question)).outcome, 'pending')
})

test('N5: what was denied is not asked again until it could no longer have been approved', async () => {
  const { desk, service, pass } = openApprovalsScene()
  const id = await idOf(desk.ask(question))
  await service.decide(id, { decision: 'deny' }, 'owner')
  assert.deepEqual(await desk.ask(question), { outcome: 'denied', id, reason: null })
  pass(901)
  assert.equal((await desk.ask(question)).outcome, 'pending')
})

test('AC-16.1: a request is held until somebody decides', async () => {
  const { desk, service } = openApprovalsScene({ settings: { holdSeconds: 60 } })
  const asking = [desk.ask(question), desk.ask(question)]
  await new Promise((resolve) => setImmediate(resolve))
  const [open] = service.list('default')
  await service.decide(open!.id, { decision: 'approve' }, 'owner')
  assert.deepEqual(await Promise.all(asking), Array(2).fill({ outcome: 'approved', id: open!.id }))
})

test('AC-16.1: whoever is held is let go when the broker stops, and nothing is let through', async () => {
  const { desk } = openApprovalsScene({ settings: { holdSeconds: 60 } })
  const asking = desk.ask(question)
  await new Promise((resolve) => setImmediate(resolve))
  desk.close()
  assert.equal((await asking).outcome, 'pending')
  assert.equal((await desk.ask(question)).outcome, 'pending')
})

test('AC-16.5: where the only approvers cannot be told, the request is refused with that reason', async () => {
  const told: ApprovalView[] = []
  const down = { name: 'chat', notify: () => Promise.reject(new Error('down')) }
  const up = { name: 'mail', notify: async (approval: ApprovalView) => void told.push(approval) }
  const { desk } = openApprovalsScene({ settings: { holdSeconds: 60 }, channels: [down, up] })
  const unreached = sampleQuestion({ approvers: ['chat'] })
  assert.deepEqual(await desk.ask(unreached), { outcome: 'unreachable' })
  desk.close()
  const reached = sampleQuestion({ digest: 'cd', approvers: ['chat', 'mail'] })
  assert.equal((await desk.ask(reached)).outcome, 'pending')
  assert.deepEqual(told[0]?.request, sampleAsked())
})

test('what cannot be recorded is neither asked nor decided', async () => {
  const scene = openApprovalsScene()
  const id = await idOf(scene.desk.ask(question))
  scene.isJournalFull = true
  await assert.rejects(scene.service.decide(id, { decision: 'approve' }, 'owner'))
  assert.equal(scene.service.get('default', id).state, 'pending')
  await assert.rejects(scene.desk.ask(sampleQuestion({ digest: 'cd' })))
  assert.deepEqual(
    scene.service
      .list('default')
      .map(({ state }) => state)
      .toSorted(),
    ['cancelled', 'pending'],
  )
})

test('N5: approving a wish for access attaches the secret that is meant', async () => {
  const { desk, service, attached } = openApprovalsScene()
  const wish = { to: 'stripe', env: 'STRIPE_KEY', reason: 'refunds', secrets: ['shop', 'other'] }
  const { id } = await desk.enterAccess('sbx_1', wish)
  await assert.rejects(service.decide(id, { decision: 'approve' }, 'owner'), { code: 'request_invalid' })
  assert.equal(service.get('default', id).state, 'pending')
  const decided = await service.decide(id, { decision: 'approve', secret: 'shop', ttlSeconds: 60 }, 'owner')
  assert.deepEqual(attached, [{ sandboxId: 'sbx_1', env: 'STRIPE_KEY', secret: 'shop', ttlSeconds: 60 }])
  assert.deepEqual([decided.state, decided.grant?.grant.secret], ['approved', 'shop'])
  await service.decide(id, { decision: 'approve', secret: 'other' }, 'owner')
  assert.equal(attached.length, 1)
})

test('N5: where a rule names who may decide, others may not', async () => {
  const { desk, service } = openApprovalsScene()
  const token = `tok_${'0'.repeat(20)}`
  const id = await idOf(desk.ask(sampleQuestion({ approvers: [token] })))
  const approve = { decision: 'approve' } as const
  await assert.rejects(service.decide(id, approve, `tok_${'1'.repeat(20)}`), { code: 'approval_for_others' })
  assert.equal(service.get('default', id).state, 'pending')
  assert.equal((await service.decide(id, approve, token)).decidedBy, token)
  const other = await idOf(desk.ask(sampleQuestion({ digest: 'cd', approvers: ['operator'] })))
  assert.equal((await service.decide(other, approve, `tok_${'1'.repeat(20)}`)).state, 'approved')
  const third = await idOf(desk.ask(sampleQuestion({ digest: 'ef', approvers: [token] })))
  assert.equal((await service.decide(third, approve, 'owner')).state, 'approved')
})

test('N5: a wish that cannot be fulfilled stays open', async () => {
  const scene = openApprovalsScene()
  const wish = { to: 'stripe', env: 'STRIPE_KEY', reason: 'refunds', secrets: ['shop'] }
  const { id } = await scene.desk.enterAccess('sbx_1', wish)
  scene.refusesGrants = true
  await assert.rejects(scene.service.decide(id, { decision: 'approve' }, 'owner'), { code: 'secret_not_found' })
  assert.deepEqual([scene.service.get('default', id).state, scene.service.get('default', id).usedAt], ['pending', null])
  scene.refusesGrants = false
  assert.equal((await scene.service.decide(id, { decision: 'approve' }, 'owner')).grant?.grant.secret, 'shop')
})
