import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ApprovalView, RuleList } from '@coatcheck/contract'
import { makeTemporaryHome } from '../fixtures/temporary-home.ts'
import { ask, bearer, type KeyScene, type KeySceneOptions, openKeyScene } from './key-scene.ts'
import type { Received } from './world.ts'

const rules: RuleList = {
  default: 'deny',
  rules: [
    { name: 'payments', effect: 'ask', methods: ['POST'], paths: ['/v1/payment_intents'] },
    { effect: 'allow', methods: ['GET'], paths: ['/v1/payment_intents/*'] },
  ],
}

/** A scene whose requests are held for longer than anybody takes to decide. */
function openScene(options: KeySceneOptions = {}): Promise<KeyScene> {
  const home = makeTemporaryHome()
  mkdirSync(join(home.path, 'keys'), { mode: 0o700 })
  writeFileSync(join(home.path, 'keys', 'approvals.json'), '{"holdSeconds":120}', { mode: 0o600 })
  return openKeyScene({ ...options, home })
}

const pay = ({ door }: KeyScene, key: string, amount: number): Promise<Received> =>
  ask(door, {
    method: 'POST',
    path: '/v1/payment_intents',
    headers: bearer(key),
    body: `amount=${amount}&currency=usd`,
  })

/** What waits for a decision about a key, as soon as something does. */
async function waiting({ world }: KeyScene, sandbox: string): Promise<ApprovalView> {
  const signal = AbortSignal.timeout(20_000)
  for await (const approval of world.client.approvals.follow({ state: 'pending', sandbox }, signal)) return approval
  throw new Error('nothing was asked')
}

let scene: KeyScene
before(async () => {
  scene = await openScene()
})
after(() => scene[Symbol.asyncDispose]())

const linux = process.platform !== 'linux' && 'only Linux lets several threads listen on one port'
const places = [
  ['the own plane', {}, false],
  ['the reference plane', { settings: { httpPlane: 'reference' as const } }, false],
  ['two workers', { workers: 2 }, linux],
] as const

for (const [where, options, skip] of places) {
  test(`N5, G3: over ${where} a call by a key is held where its rule asks, and sent once when somebody says yes`, {
    skip,
  }, async () => {
    await using asked = await openScene(options)
    const { key, id, ...made } = await asked.issue({ rules })
    assert.equal((await ask(asked.door, { path: '/v1/payment_intents/pi_1', headers: bearer(key) })).status, 200)
    const before = asked.arrived.length
    const paying = pay(asked, key, 700)
    const approval = await waiting(asked, id)
    assert.deepEqual(
      [approval.request?.url, approval.request?.body?.text, approval.request?.rule],
      ['https://api.stripe.com/v1/payment_intents', 'amount=700&currency=usd', 'payments'],
    )
    for (const hidden of [key, asked.secret, ...Object.values(made.env)].filter((text) => text.length > 30))
      assert.ok(!JSON.stringify(approval).includes(hidden))
    assert.equal(asked.arrived.length, before)
    await asked.world.client.approvals.decide(approval.id, { decision: 'approve' })
    assert.equal((await paying).status, 200)
    assert.equal(asked.arrived.length, before + 1)
    const { items } = await asked.world.client.caps.usage()
    // Once, however often its questions were asked.
    assert.deepEqual(
      items.map(({ used, reserved }) => used + reserved),
      [7],
    )
  })
}

test('N5: what is denied by a person, taken back by the key, or outlives it, is told apart and sends nothing', async () => {
  const { key, id } = await scene.issue({ rules })
  const before = scene.arrived.length
  const denied = pay(scene, key, 1)
  await scene.world.client.approvals.decide((await waiting(scene, id)).id, { decision: 'deny', reason: 'no' })
  assert.deepEqual([(await denied).status, (await denied).code], [403, 'approval_denied'])

  const cancelled = pay(scene, key, 2)
  const path = `/proxy/-/approvals/${(await waiting(scene, id)).id}`
  assert.equal(JSON.parse((await ask(scene.door, { path, headers: bearer(key) })).text).state, 'pending')
  const other = await scene.issue({ rules })
  assert.equal((await ask(scene.door, { path, headers: bearer(other.key) })).code, 'not_found', 'R-83')
  assert.equal((await ask(scene.door, { method: 'DELETE', path, headers: bearer(other.key) })).code, 'not_found')
  assert.equal((await ask(scene.door, { method: 'DELETE', path, headers: bearer(key) })).status, 204)
  assert.equal((await cancelled).code, 'approval_cancelled')

  const outlived = pay(scene, key, 3).catch(() => undefined)
  const open = await waiting(scene, id)
  await scene.world.client.keys.revoke(id)
  assert.notEqual((await outlived)?.status, 200)
  await assert.rejects(scene.world.client.approvals.decide(open.id, { decision: 'approve' }), {
    code: 'approval_decided',
  })
  assert.equal(scene.arrived.length, before)
})

test('N14: a lockdown of a label ends the keys whose whole label that is, with what waits', async () => {
  const [one, other, near] = await Promise.all(
    ['team=web', 'team=mail', 'team=web 2'].map((label) => scene.issue({ rules, label })),
  )
  const waits = pay(scene, one!.key, 4).catch(() => undefined)
  await waiting(scene, one!.id)
  assert.deepEqual(await scene.world.client.lockdown({ label: 'team=web' }), { sandboxes: 1, grants: 1 })
  assert.notEqual((await waits)?.status, 200)
  const states = await Promise.all(
    [one, other, near].map(async (made) => (await scene.world.client.keys.get(made!.id)).status),
  )
  assert.deepEqual(states, ['revoked', 'active', 'active'])
})
