import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import type { ApprovalView, CreatedSandbox, DecidedApproval } from '@coatcheck/contract'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { type ApprovalScene, openApprovalScene } from '../wire/approval-scene.ts'
import { type Ended, jsonHere, runHere } from './in-this-process.suite.ts'

let aheadMs = 0
let scene: ApprovalScene
let coatcheck: CoatcheckCommand
let sandbox: CreatedSandbox
before(async () => {
  const clock = { now: () => new Date(Date.now() + aheadMs), monotonicMs: () => performance.now() + aheadMs }
  // Nobody has to be quick.
  scene = await openApprovalScene({ holdSeconds: 120, clock })
  coatcheck = makeCoatcheckCommand(scene.world.home)
  sandbox = await scene.register()
})
after(async () => {
  await scene[Symbol.asyncDispose]()
})

const run = (...args: readonly string[]): Promise<Ended> => runHere(coatcheck, scene.world.home, args)
const json = <Output>(...args: readonly string[]): Promise<Output> => jsonHere(coatcheck, scene.world.home, args)

test('N5: what waits is listed and shown, approved, and goes through while it is held', async () => {
  const sending = scene.call(sandbox, 'any', '{"order": 1}')
  const { id } = await scene.waiting(sandbox)
  const listed = await run('approval', 'list')
  assert.equal(listed.code, 0, listed.stderr)
  assert.match(listed.stdout, /^ID +STATE +SANDBOX +UNTIL +ASKED\n/)
  assert.match(listed.stdout, new RegExp(`${id} +pending +${sandbox.id} .* POST https://api\\.acme\\.example/v1/any\n`))
  const shown = await run('approval', 'show', id)
  assert.match(shown.stdout, /\n {2}\| POST https:\/\/api\.acme\.example\/v1\/any\n/)
  assert.match(shown.stdout, /\n {2}\| \{"order": 1\}\n/)
  assert.match(shown.stdout, /rule +any\n/)
  assert.match(shown.stdout, /secret +plain for KEY\n/)
  const [view] = await json<readonly ApprovalView[]>('approval', 'list')
  assert.deepEqual(view, await json<ApprovalView>('approval', 'show', id))
  for (const text of [listed.stdout, shown.stdout, JSON.stringify(view)])
    for (const hidden of [scene.secret, sandbox.connect.env['KEY']!]) assert.ok(!text.includes(hidden))
  assert.equal(scene.arrived.length, 0)
  const approved = await run('approve', id, '--reason', 'fine')
  assert.match(approved.stdout, new RegExp(`^${id} is approved`))
  assert.equal((await sending).status, 200)
  assert.deepEqual(scene.arrived, ['{"order": 1}'])
  assert.match((await run('approval', 'list')).stdout, /^Nothing is pending\.\n$/)
  assert.match((await run('approval', 'list', '--state', 'approved')).stdout, new RegExp(id))
  assert.match(
    (await run('approval', 'show', id)).stdout,
    /state +approved, used .*decided .* by owner\nreason +fine\n/s,
  )
})

test('AC-16.2: the same request again is another question, and saying yes again to the first one lets nothing through', async () => {
  const [first] = await json<readonly ApprovalView[]>('approval', 'list', '--all')
  const sending = scene.call(sandbox, 'any', '{"order": 1}')
  const { id } = await scene.waiting(sandbox)
  assert.notEqual(id, first!.id)
  const again = await run('approve', first!.id)
  assert.deepEqual([again.code, again.stdout], [0, `${first!.id} is approved, and was used.\n`])
  assert.equal(scene.arrived.length, 1)
  const decided = await json<DecidedApproval>('deny', id, '--reason', 'once is enough')
  assert.deepEqual([decided.state, decided.reason], ['denied', 'once is enough'])
  const refused = await sending
  assert.deepEqual([refused.status, refused.code], [403, 'approval_denied'])
  assert.match(refused.text, /once is enough/)
  assert.equal(scene.arrived.length, 1)
})

test('AC-16.4: what was denied cannot be approved, and denying again changes nothing', async () => {
  const [{ id } = assert.fail('nothing was denied')] = await json<readonly ApprovalView[]>(
    ...['approval', 'list', '--state', 'denied'],
  )
  const refused = await run('approve', id)
  assert.equal(refused.code, 4)
  assert.match(refused.stderr, /is not open any more \(state: denied\)/)
  assert.deepEqual(await run('deny', id), { code: 0, stdout: `${id} is denied. Nothing was sent.\n`, stderr: '' })
  assert.equal((await run('approval', 'show', 'apr_none')).code, 3)
  assert.equal((await run('deny', 'apr_none')).code, 3)
})

test('AC-16.3: what its sandbox takes back is cancelled, says so on both sides, and cannot be approved', async () => {
  const sending = scene.call(sandbox, 'any', '{"order": 2}')
  const { id } = await scene.waiting(sandbox)
  assert.equal((await scene.callDoor(sandbox, 'DELETE', `/approvals/${id}`)).status, 204)
  assert.equal((await sending).code, 'approval_cancelled')
  const shown = await run('approval', 'show', id)
  assert.match(shown.stdout, /state +cancelled\n/)
  assert.match(shown.stdout, /reason +taken back by its sandbox\n/)
  assert.match((await run('approve', id)).stderr, /\(state: cancelled\)/)
  assert.equal(scene.arrived.length, 1)
})

test('N5: a list that is followed says what waits, and what becomes of it', async () => {
  const sending = scene.call(sandbox, 'any', '{"order": 3}')
  const { id } = await scene.waiting(sandbox)
  const [program = '', ...words] = [...coatcheck.argv, 'approval', 'list', '-f', '--all', '--json']
  const following = spawn(program, words, { env: coatcheck.env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exit = once(following, 'exit')
  const states: string[] = []
  for await (const line of createInterface({ input: following.stdout })) {
    const view = JSON.parse(line) as ApprovalView
    if (view.id !== id) continue
    states.push(view.state)
    if (states.length === 1) await run('deny', id)
    else following.kill('SIGTERM')
  }
  assert.deepEqual(states, ['pending', 'denied'])
  assert.deepEqual(await exit, [0, null])
  assert.equal((await sending).code, 'approval_denied')
})

test('AC-16.4: what waits when the broker ends is decided after it was started again, and goes through once', async () => {
  const sending = scene.call(sandbox, 'any', '{"order": 4}').catch(() => undefined)
  const { id } = await scene.waiting(sandbox)
  await scene.restart(0)
  assert.notEqual((await sending)?.status, 200)
  assert.equal((await json<ApprovalView>('approval', 'show', id)).state, 'pending')
  assert.match((await run('approve', id)).stdout, /goes through once/)
  const before = scene.arrived.length
  assert.equal((await scene.call(sandbox, 'any', '{"order": 5}', id)).code, 'approval_mismatch')
  assert.equal((await scene.call(sandbox, 'any', '{"order": 4}', id)).status, 200)
  assert.equal((await scene.call(sandbox, 'any', '{"order": 4}', id)).code, 'approval_used')
  assert.equal(scene.arrived.length, before + 1)
})

test('AC-16.1, AC-16.3: what nobody decided in time has expired, in the list, for who decides and for who asked', async () => {
  const pending = await scene.call(sandbox, 'any', '{"order": 6}')
  assert.deepEqual([pending.status, pending.code], [403, 'approval_pending'])
  const id = String(pending.headers['coatcheck-retry-key'])
  aheadMs += 901_000
  assert.match((await run('approval', 'list', '--state', 'expired')).stdout, new RegExp(`${id} +expired`))
  assert.match((await run('approve', id)).stderr, /\(state: expired\)/)
  assert.equal((await scene.call(sandbox, 'any', '{"order": 6}', id)).code, 'approval_expired')
})
