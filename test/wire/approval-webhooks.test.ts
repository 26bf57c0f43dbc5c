import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { test } from 'node:test'
import { type ApprovalScene, openApprovalScene, type Told } from './approval-scene.ts'
import { poll } from './poll.ts'
import { receive } from './world.ts'

/** What a service does that was told: checks who speaks, and calls back as the notification says. */
async function decideBy({ world, webhookKey }: ApprovalScene, { headers, text }: Told, said: 'approve' | 'deny') {
  const expected = createHmac('sha256', webhookKey).update(`${headers['coatcheck-timestamp']}.${text}`).digest('hex')
  assert.equal(headers['coatcheck-signature'], `v1=${expected}`)
  const { approval, callbackUrl, nonce, webhook } = JSON.parse(text)
  const time = Math.floor(Date.now() / 1000)
  const lines = ['coatcheck-callback-v1', approval.id, webhook, String(time), nonce, said, 'mia', '']
  const signature = createHmac('sha256', webhookKey).update(lines.join('\n')).digest('hex')
  const { pathname: path } = new URL(callbackUrl)
  const { socketPath } = world.broker
  const head = { host: 'localhost', 'content-type': 'application/json' }
  const request = httpRequest({ socketPath, path, method: 'POST', headers: head })
  request.end(JSON.stringify({ webhook, decision: said, time, nonce, by: 'mia', signature }))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return receive(response)
}

const linux = process.platform !== 'linux' && 'only Linux lets several threads listen on one port'
const settings = [
  ['the own plane', {}, false],
  ['the reference plane', { httpPlane: 'reference' as const }, false],
  ['two workers', { workers: 2 }, linux],
] as const

for (const [where, further, skip] of settings) {
  test(`N5, AC-16.1, AC-16.5: over ${where} a webhook is told, decides, and is told nothing secret; one that is gone is said to be`, {
    skip,
  }, async () => {
    await using scene = await openApprovalScene({ holdSeconds: 60, settings: further })
    const sandbox = await scene.register()
    const sending = scene.call(sandbox, 'ops', '{"amount":1}')
    const told = await poll(async () => scene.told.ops[0])
    const { approval } = JSON.parse(told.text)
    assert.deepEqual(
      [approval.request.method, approval.request.url, approval.request.body.text, approval.state],
      ['POST', 'https://api.acme.example/v1/ops', '{"amount":1}', 'pending'],
    )
    assert.equal(scene.told.chat.length, 0, 'nobody is told who is not asked')
    assert.equal(scene.arrived.length, 0)
    assert.equal((await decideBy(scene, told, 'approve')).status, 200)
    assert.equal((await sending).status, 200)
    assert.equal((await decideBy(scene, told, 'approve')).code, 'approval_decided')
    const { decidedBy } = await scene.world.client.approvals.get(approval.id)
    assert.equal(decidedBy, 'webhook:ops (mia)')

    const denied = scene.call(sandbox, 'ops', '{"amount":2}')
    const second = await poll(async () => scene.told.ops[1])
    assert.equal((await decideBy(scene, second, 'deny')).status, 200)
    assert.deepEqual([(await denied).status, (await denied).code], [403, 'approval_denied'])

    // Held for a minute, were it not said as soon as it is known.
    const unreachable = await scene.call(sandbox, 'dead', '{"amount":3}')
    assert.deepEqual([unreachable.status, unreachable.code], [403, 'approval_unreachable'])

    const asking = scene.call(sandbox, 'chat', '{"amount":"<!here>"}')
    const message = JSON.parse((await poll(async () => scene.told.chat[0])).text)
    assert.deepEqual(
      message.blocks.map(({ type }: { type: string }) => type),
      ['header', 'section', 'actions'],
    )
    assert.match(message.blocks[1].text.text, /POST https:\/\/api\.acme\.example\/v1\/chat/)
    const value = JSON.parse(message.blocks[2].elements[1].value)
    assert.deepEqual([value.webhook, value.decision], ['chat', 'deny'])
    await scene.world.client.approvals.decide(value.approval, { decision: 'deny' })
    assert.equal((await asking).code, 'approval_denied')

    assert.deepEqual(scene.arrived, ['{"amount":1}'])
    const everything = JSON.stringify(scene.told)
    for (const hidden of [scene.secret, String(scene.webhookKey), sandbox.connect.env['KEY']!, sandbox.token])
      assert.ok(!everything.includes(hidden))
  })
}
