import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { ApprovalBook } from '../approvals/approval-book.ts'
import { ApprovalDesk } from '../approvals/approval-desk.ts'
import { ApprovalService } from '../approvals/approval-service.ts'
import { ApproverChannels } from '../approvals/approver-channels.ts'
import { createInstallation } from '../storage/sqlite/installation.suite.ts'
import { SecretValue } from '../vault/secret-value.ts'
import type { Asked, Exchange } from './exchange.ts'
import { openExchangeScene, type SceneRequest } from './exchange-scene.suite.ts'
import { carryExchange } from './pipeline.ts'
import { type Refusal, refuse } from './refusal.ts'

const host = 'api.service.test'
const refund = { host, method: 'POST', target: '/v1/refunds?order=7' } as const
const usual: Asked = { rule: 'refunds', approvers: [] }

/** The pipeline over a real database, with a rule that asks about everything, and whoever decides. */
function openScene(context: TestContext, { holdSeconds = 0 } = {}) {
  const installation = createInstallation(context).open()
  const { keyRing, storage } = installation
  const scene = openExchangeScene(installation, {
    KEY: { value: 'the-real-value-of-the-key', scopes: [{ to: host, inject: { kind: 'bearer' } }] },
  })
  const settings = { holdSeconds, expirySeconds: 900 }
  const { audit, clock } = scene.services
  const book = new ApprovalBook({
    ...{ clock, keyRing, settings, projectOf: () => 'default', store: storage.approvals },
    stands: (sandboxId, grantIds) => {
      const { grants } = scene.services.routes.routesOf(sandboxId)
      return grantIds.every((id) => grants.some(({ grant }) => grant.id === id))
    },
  })
  const desk = new ApprovalDesk({
    audit,
    book,
    clock,
    settings,
    channels: new ApproverChannels([]),
    usageUnder: async () => [],
  })
  const service = new ApprovalService({
    ...{ audit, book, clock, desk, settings },
    attach: () => assert.fail('nothing is attached'),
    fit: () => ({ env: null, secrets: [] }),
  })
  context.after(() => desk.close())
  scene.services.approvals = desk
  const state: { asked: Asked | undefined; body: string } = { asked: usual, body: 'amount=5' }
  const refusals: Refusal[] = []
  scene.carrier.wholeBody = () => [Buffer.from(state.body)]
  const begin = (request: SceneRequest = refund, further: readonly { name: string; value: string }[] = []) => {
    const fields = [
      { name: 'Authorization', value: `Bearer ${scene.env['KEY']}` },
      ...(request.fields ?? []),
      ...further,
    ]
    const exchange = scene.begin({ ...request, fields })
    // Stands in for the stage that asks what the rules say, each time that all questions are asked.
    return Object.defineProperty(exchange, 'asked', { get: () => state.asked, set() {}, enumerable: true }) as Exchange
  }
  /** The code that the client was given; undefined where the request went on. */
  const send = async (...request: Parameters<typeof begin>) => {
    let code: Refusal['code'] | undefined
    const exchange = begin(...request)
    const refuse = (refusal: Refusal): void => {
      code = refusal.code
      refusals.push(refusal)
    }
    await carryExchange(Object.assign(exchange, { carrier: { ...scene.carrier, refuse } }), scene.services)
    return code
  }
  const key = (id: string) => [{ name: 'Coatcheck-Retry-Key', value: id }]
  return { ...{ scene, service, desk, state, refusals, installation }, begin, send, key }
}

const approve = { decision: 'approve' } as const

test('AC-16.1: a request that a rule asks about sends nothing until it is approved, and goes out once then', async (context) => {
  const { scene, service, send, refusals, key } = openScene(context)
  assert.equal(await send(), 'approval_pending')
  const [view] = service.list('default')
  const { id } = view!
  const { facts, further } = refusals[0]!
  assert.deepEqual(facts, { approval: id, rule: 'refunds', status: `http://coatcheck.internal/approvals/${id}` })
  assert.deepEqual(further?.['coatcheck-retry-key'], id)
  assert.match(further?.['retry-after'] ?? '', /^\d+$/)
  assert.deepEqual([scene.sent, scene.dialled], [[], []])
  await service.decide(id, approve, 'owner')
  const answers = await Promise.all(Array.from({ length: 8 }, () => send(refund, key(id))))
  assert.equal(answers.filter((code) => code === undefined).length, 1, String(answers))
  assert.deepEqual(new Set(answers), new Set([undefined, 'approval_used']))
  assert.equal(scene.sent.length, 1)
  const [sent] = scene.sent
  assert.ok(!sent!.fields.some(({ name }) => name.toLowerCase() === 'coatcheck-retry-key'))
  assert.ok(sent!.fields.some(({ value }) => value === 'Bearer the-real-value-of-the-key'))
  assert.equal(await send(refund, key(id)), 'approval_used')
  assert.equal(await send(), 'approval_pending')
  assert.equal(scene.sent.length, 1)
  const records = scene.audited.filter(({ note }) => note === `approved: ${id}`)
  assert.deepEqual(new Set(records.map(({ kind }) => kind)), new Set(['exchange.intended', 'exchange.completed']))
})

test('the approver sees the request as it would be sent, and neither a value nor a placeholder', async (context) => {
  const { scene, service, send, state } = openScene(context)
  state.body = '{"note":"\u001b[2J\u202e"}'
  const spoof = [{ name: 'X-Note', value: 'a\u009b' }]
  await send({ ...refund, fields: spoof })
  const [view] = service.list('default')
  const { request } = view!
  assert.equal(request!.url, 'https://api.service.test/v1/refunds?order=7')
  assert.equal(request!.body!.text, '{"note":"\\u{1b}[2J\\u{202e}"}')
  assert.deepEqual(
    request!.grants.map(({ env, secret }) => [env, secret]),
    [['KEY', 'key']],
  )
  const shown = JSON.stringify(view)
  for (const hidden of ['the-real-value', scene.env['KEY']!, '\\u001b', '\u202e']) assert.ok(!shown.includes(hidden))
  assert.ok(shown.includes('[credential]'))
})

const changes: Readonly<
  Record<string, (parts: ReturnType<typeof openScene>) => Parameters<ReturnType<typeof openScene>['send']>>
> = {
  'another method': () => [{ ...refund, method: 'PUT' }],
  'another path': () => [{ ...refund, target: '/v1/refund?order=7' }],
  'another query': () => [{ ...refund, target: '/v1/refunds?order=8' }],
  'another field': () => [{ ...refund, fields: [{ name: 'Stripe-Account', value: 'acct_2' }] }],
  'another body': ({ state }) => {
    state.body = 'amount=500'
    return [refund]
  },
  'another rule': ({ state }) => {
    state.asked = { ...usual, rule: 'all' }
    return [refund]
  },
  'other rules': ({ state }) => {
    state.asked = { ...usual, policy: 'revision 2' }
    return [refund]
  },
  'another scope': ({ installation }) => {
    const { vault } = installation
    using value = vault.reveal(vault.get('default', 'key').id).value
    const scopes = [{ to: host, inject: { kind: 'bearer' }, foreign: 'pass' } as const]
    vault.rescope('default', 'key', scopes, value)
    return [refund]
  },
}

for (const [change, apply] of Object.entries(changes)) {
  test(`AC-16.2: an approval does not fit ${change}`, async (context) => {
    const parts = openScene(context)
    const { scene, service, send, key } = parts
    await send()
    const [view] = service.list('default')
    await service.decide(view!.id, approve, 'owner')
    const [request] = apply(parts)
    assert.equal(await send(request, key(view!.id)), 'approval_mismatch')
    assert.equal(await send(request), 'approval_pending')
    assert.deepEqual(scene.sent, [])
  })
}

test('R-49, AC-16.3: what was denied, expired or taken back sends nothing, and each is told apart', async (context) => {
  const { scene, service, send, refusals, key, state } = openScene(context)
  await send()
  const [denied] = service.list('default')
  await service.decide(denied!.id, { decision: 'deny', reason: 'ask finance' }, 'owner')
  assert.equal(await send(), 'approval_denied')
  assert.equal(refusals.at(-1)?.facts['reason'], 'ask finance')
  state.body = 'amount=6'
  await send()
  const [cancelled] = service.list('default')
  await service.cancelOwn(cancelled!.sandbox, cancelled!.id)
  assert.equal(await send(refund, key(cancelled!.id)), 'approval_cancelled')
  state.asked = { ...usual, approvers: ['nobody'] }
  assert.equal(await send(), 'approval_unreachable')
  assert.deepEqual([scene.sent, scene.dialled], [[], []])
})

test('AC-16.1: a request is held, goes on by itself once it is approved, and a denial ends it', async (context) => {
  const { scene, service, send, state } = openScene(context, { holdSeconds: 60 })
  for (const decision of ['approve', 'deny'] as const) {
    state.body = decision
    const sending = send()
    const { id } = await eventually(() => service.list('default').find((approval) => approval.state === 'pending'))
    await service.decide(id, { decision }, 'owner')
    assert.equal(await sending, decision === 'approve' ? undefined : 'approval_denied')
  }
  assert.equal(scene.sent.length, 1)
})

for (const code of ['client_disconnected', 'grant_ended', 'sandbox_expired'] as const) {
  test(`AC-16.3: a held request ends at once that is ended by ${code}, and uses nothing up`, async (context) => {
    const { scene, service, send } = openScene(context, { holdSeconds: 60 })
    const sending = send()
    const { id } = await eventually(() => service.list('default')[0])
    scene.end(refuse(code))
    assert.equal(await sending, code)
    await service.decide(id, approve, 'owner')
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(service.get('default', id).usedAt, null)
    assert.deepEqual(scene.sent, [])
  })
}

test('SEC-01: a rule that begins to ask while a connection is opened is not passed by', async (context) => {
  const { scene, send, state, installation } = openScene(context)
  state.asked = undefined
  const { upstream } = scene.services
  scene.services.upstream = {
    dial: (...dialling) => {
      state.asked = usual
      using value = new SecretValue(Buffer.from('another-value-of-the-same-key'))
      installation.vault.rotate('default', 'key', value)
      return upstream.dial(...dialling)
    },
  }
  assert.equal(await send(), 'approval_mismatch')
  assert.deepEqual(scene.sent, [])
})

test('a body that nobody can read is not asked about', async (context) => {
  const { scene, service, send, state } = openScene(context)
  state.body = 'x'.repeat(70_000)
  assert.equal(await send(), 'body_unreadable')
  state.body = 'short'
  assert.equal(await send({ ...refund, fields: [{ name: 'Content-Encoding', value: 'gzip' }] }), 'body_unreadable')
  scene.carrier.wholeBody = () => undefined
  assert.equal(await send(), 'body_unreadable')
  assert.deepEqual([service.list('default'), scene.sent], [[], []])
})

test('R-60: a placeholder in a body that is held for a person is blocked', async (context) => {
  const { scene, service, send, state } = openScene(context)
  state.body = `note=${scene.env['KEY']}`
  assert.equal(await send(), 'placeholder_undeclared_place')
  assert.deepEqual(service.list('default'), [])
})

test('where nobody can be asked, nothing is approved', async (context) => {
  const { scene, send } = openScene(context)
  delete scene.services.approvals
  assert.equal(await send(), 'approval_unreachable')
})

async function eventually<Found>(look: () => Found | undefined): Promise<Found> {
  for (let turn = 0; turn < 1_000; turn++) {
    const found = look()
    if (found !== undefined) return found
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.fail('it did not come')
}
