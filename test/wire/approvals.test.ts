import assert from 'node:assert/strict'
import type { IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import type { ApprovalView, RuleList } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Inside, openWorld, type Received, type World } from './world.ts'

const host = 'api.acme.example'
const key = makeCanary('key-').value
const root = createTlsRoot()
const arrived: { readonly text: string; readonly headers: IncomingHttpHeaders }[] = []
/** Refunds are asked about, and their bodies read. */
const rules: RuleList = {
  default: 'deny',
  rules: [
    {
      name: 'refunds',
      effect: 'ask',
      methods: ['POST'],
      paths: ['/v1/refunds'],
      body: [{ at: '/amount', atMost: 100 }],
    },
  ],
}

let origin: VerifyingServer
let world: World
before(async () => {
  origin = await startVerifyingServer({
    root,
    hosts: { [host]: [{ scheme: 'bearer', value: key }] },
    async answer(request, response) {
      arrived.push({ headers: request.headers, text: String(await buffer(request)) })
      response.end('{}')
    },
  })
  world = await openWorld()
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  await world.client.secrets.create({
    name: 'plain',
    value: key,
    scopes: [{ to: host, inject: { kind: 'bearer' }, ...reach }],
  })
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

const opened = (): Promise<Inside> => world.createSandbox({ secrets: { KEY: 'plain' }, rules: { KEY: rules } })

function refund(inside: Inside, body: string, further: readonly (readonly [string, string])[] = []): Promise<Received> {
  const headers = [
    ['Authorization', `Bearer ${inside.placeholder('KEY')}`],
    ['Content-Type', 'application/json'],
    ...further,
  ] as const
  return inside.send({ host, method: 'POST', target: '/v1/refunds', headers, body })
}

/** What waits for a decision about this sandbox, as soon as something does. */
async function waiting(inside: Inside): Promise<ApprovalView> {
  const signal = AbortSignal.timeout(20_000)
  for await (const approval of world.client.approvals.follow({ state: 'pending', sandbox: inside.sandbox.id }, signal))
    return approval
  throw new Error('nothing was asked')
}

test('N5, AC-16.1: a request is held while somebody decides, shown as it will be sent, and sent once', async () => {
  const inside = await opened()
  const { dials } = origin
  const sending = refund(inside, '{ "amount": 7 }')
  const approval = await waiting(inside)
  assert.equal(origin.dials, dials)
  assert.equal(approval.request?.body?.text, '{"amount":7}')
  assert.equal(approval.request?.rule, 'refunds')
  assert.ok(!JSON.stringify(approval).includes(inside.placeholder('KEY')))
  assert.ok(!JSON.stringify(approval).includes(key))
  await world.client.approvals.decide(approval.id, { decision: 'approve' })
  assert.equal((await sending).status, 200)
  assert.deepEqual([arrived.at(-1)?.text, origin.dials], ['{"amount":7}', dials + 1])
  assert.equal((await world.client.approvals.get(approval.id)).usedAt === null, false)
  await inside.end()
})

test('N5, AC-16.2: what is denied while it is held is told so, and nothing is dialled', async () => {
  const inside = await opened()
  const { dials } = origin
  const sending = refund(inside, '{"amount":8}')
  const approval = await waiting(inside)
  await world.client.approvals.decide(approval.id, { decision: 'deny', reason: 'not today' })
  const refused = await sending
  assert.deepEqual([refused.status, refused.code], [403, 'approval_denied'])
  assert.match(refused.text, /not today/)
  assert.equal(origin.dials, dials)
  await inside.end()
})

test('N5, AC-16.3: what nobody decided in time says how to come back, and an approval lets just that request through once', async () => {
  const inside = await opened()
  const { dials } = origin
  const pending = await refund(inside, '{"amount":9}')
  assert.deepEqual([pending.status, pending.code], [403, 'approval_pending'])
  const retryKey = String(pending.headers['coatcheck-retry-key'])
  assert.match(String(pending.headers['retry-after']), /^\d+$/)
  await world.client.approvals.decide(retryKey, { decision: 'approve' })
  const other = await refund(inside, '{"amount":10}', [['Coatcheck-Retry-Key', retryKey]])
  assert.equal(other.code, 'approval_mismatch')
  assert.equal(origin.dials, dials)
  const together = await Promise.all(
    [1, 2, 3].map(() => refund(inside, '{"amount":9}', [['Coatcheck-Retry-Key', retryKey]])),
  )
  const statuses = together.map(({ status }) => status).sort()
  assert.deepEqual(statuses, [200, 403, 403])
  assert.ok(together.filter(({ status }) => status === 403).every((reply) => reply.code === 'approval_used'))
  assert.equal(arrived.filter(({ text }) => text === '{"amount":9}').length, 1)
  assert.equal(arrived.at(-1)?.headers['coatcheck-retry-key'], undefined)
  await inside.end()
})

test('N5: what the rules do not allow at all is not asked about', async () => {
  const inside = await opened()
  const { dials } = origin
  const refused = await refund(inside, '{"amount":700}')
  assert.deepEqual([refused.status, refused.code], [403, 'rule_denied'])
  assert.equal(origin.dials, dials)
  await inside.end()
})

test('N5, N2: a request that is held ends with its sandbox, and nothing is sent', async () => {
  const inside = await opened()
  const { dials } = origin
  const sending = refund(inside, '{"amount":11}').catch(() => undefined)
  const approval = await waiting(inside)
  await inside.end()
  const reply = await sending
  assert.notEqual(reply?.status, 200)
  assert.equal(origin.dials, dials)
  await assert.rejects(world.client.approvals.decide(approval.id, { decision: 'approve' }), {
    code: 'approval_decided',
  })
})

test('N5, G4: whoever decides sees what was used of the caps on the sandbox and the secret, and of no other', async () => {
  const caps = [{ unit: 'requests', limit: 10, window: 'day' }] as const
  const inside = await world.createSandbox({ secrets: { KEY: 'plain' }, rules: { KEY: rules }, caps })
  const other = await world.createSandbox({ secrets: { KEY: 'plain' }, rules: { KEY: rules }, caps })
  await world.client.caps.set('secret', 'plain', [{ unit: 'bytes', limit: 1_000_000, window: 'month' }])
  for (const amount of [31, 32]) {
    const sending = refund(inside, JSON.stringify({ amount }))
    const approval = await waiting(inside)
    const seen = approval.request?.caps?.map(({ id, on, reserved, text, used }) => [
      on,
      id,
      text,
      on === 'secret' || used + reserved,
    ])
    assert.deepEqual(
      seen?.toSorted((one, another) => (String(one[0]) < String(another[0]) ? -1 : 1)),
      [
        ['sandbox', inside.sandbox.id, '10requests/day', amount - 31],
        ['secret', 'plain', '1000000bytes/month', true],
      ],
    )
    assert.ok(!JSON.stringify(approval).includes(other.sandbox.id))
    await world.client.approvals.decide(approval.id, { decision: 'approve' })
    assert.equal((await sending).status, 200)
  }
  await world.client.caps.set('secret', 'plain', [])
  await inside.end()
  await other.end()
})
