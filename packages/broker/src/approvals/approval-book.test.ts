import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openApprovalsScene, sampleAsked } from './approvals-scene.suite.ts'

const enter = ({ book }: ReturnType<typeof openApprovalsScene>, sandboxId: string, digest: string) =>
  book.enter({ sandboxId, subject: { digest, request: sampleAsked() }, approvers: [] })

test('R-82: twenty questions of one sandbox are open at a time, and 400 of all; what is settled makes room', () => {
  const scene = openApprovalsScene()
  for (let sandbox = 0; sandbox < 20; sandbox += 1) {
    for (let question = 0; question < 20; question += 1) enter(scene, `sbx_${sandbox}`, `${sandbox} ${question}`)
    if (sandbox === 0) assert.throws(() => enter(scene, 'sbx_0', 'one more'), { code: 'approval_limit' })
  }
  assert.equal(scene.book.list('default').length, 400)
  assert.throws(() => enter(scene, 'sbx_20', 'one more'), { code: 'approval_limit' })
  scene.ended.add('sbx_0')
  assert.equal(scene.book.stateOf(enter(scene, 'sbx_20', 'one more')), 'pending')
})

test('R-82: 600 are kept, and the oldest ones that are settled go first', () => {
  const scene = openApprovalsScene()
  const open = enter(scene, 'sbx_open', 'open')
  const first = enter(scene, 'sbx_0', 'first')
  scene.ended.add('sbx_0')
  for (let number = 0; number < 700; number += 1) {
    scene.pass(1)
    const { id } = enter(scene, 'sbx_1', `${number}`)
    scene.book.change(id, () => ({ state: 'denied' }))
  }
  assert.equal(scene.book.list('default').length, 600)
  assert.equal(scene.book.find(first.id), undefined)
  assert.equal(scene.book.find(open.id)?.state, 'pending')
  assert.equal(scene.book.matching('sbx_1', '0').length, 0)
  assert.equal(scene.book.matching('sbx_1', '699').length, 1)
})
