import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApprovalView } from '@coatcheck/contract'
import { sampleQuestion, sceneNonce, sceneWebhookKey } from '../approvals/approvals-scene.suite.ts'
import { signCallback } from '../approvals/webhook-signature.ts'
import { createAdminApp } from './app.ts'
import { fakeServices } from './fake-services.suite.ts'
import type { Caller } from './gate.ts'

const json = { 'content-type': 'application/json' }

/** What replies are looked at for. */
interface Reply extends ApprovalView {
  readonly code: string
  readonly items: readonly ApprovalView[]
  readonly cursor: string | null
}

const read = async (response: Response) => (await response.json()) as Reply

async function openAsked(digests: readonly string[] = ['ab'], caller?: Caller) {
  const services = fakeServices()
  const ids: string[] = []
  for (const digest of digests) {
    const asked = await services.approvals.desk.ask(sampleQuestion({ digest }))
    assert.ok('id' in asked)
    ids.push(asked.id)
    services.approvals.pass(1)
  }
  const app = createAdminApp(services, caller === undefined ? {} : { gate: () => Promise.resolve(caller) })
  const decide = (id: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    app.request(`/v1/approvals/${id}/decision`, {
      method: 'POST',
      headers: { ...json, ...headers },
      body: JSON.stringify(body),
    })
  return { app, decide, ids, id: ids[0]!, services }
}

test('N5: approvals are listed page by page, by state, and shown', async () => {
  const { app, decide, ids } = await openAsked(['ab', 'cd', 'ef'])
  const list = async (query: string) => read(await app.request(`/v1/approvals?${query}`))
  const first = await list('limit=2')
  assert.deepEqual([first.items.map(({ id }) => id), first.cursor], [[ids[2], ids[1]], ids[1]])
  const second = await list(`limit=2&cursor=${first.cursor}`)
  assert.deepEqual([second.items.map(({ id }) => id), second.cursor], [[ids[0]], null])
  assert.equal((await decide(ids[1]!, { decision: 'deny', reason: 'no' })).status, 200)
  assert.deepEqual(
    (await list('state=denied')).items.map(({ id }) => id),
    [ids[1]],
  )
  assert.equal((await list('state=pending&sandbox=sbx_2')).items.length, 0)
  assert.equal((await app.request('/v1/approvals?cursor=apr_none')).status, 400)
  const shown = await read(await app.request(`/v1/approvals/${ids[1]}`))
  assert.deepEqual([shown.state, shown.decidedBy, shown.reason], ['denied', 'owner', 'no'])
  assert.equal((await app.request('/v1/approvals/apr_none')).status, 404)
})

test('AC-16.4: a decision is taken once; saying it again changes nothing, and saying otherwise is refused', async () => {
  const { decide, id } = await openAsked()
  for (const _ of [1, 2]) assert.equal((await decide(id, { decision: 'approve' })).status, 200)
  const other = await decide(id, { decision: 'deny' })
  assert.deepEqual([other.status, (await read(other)).code], [409, 'approval_decided'])
})

test('SEC-13: reading decides nothing, by whatever path or query', async () => {
  const { app, id, services } = await openAsked()
  const paths = ['', '/decision', '/decision?decision=approve', '/callback', '?decision=approve', '/approve']
  for (const path of paths)
    for (const method of ['GET', 'HEAD']) await app.request(`/v1/approvals/${id}${path}`, { method })
  assert.equal(services.approvals.service.get('default', id).state, 'pending')
})

test('a change is bound to what was read', async () => {
  const { app, decide, id, services } = await openAsked()
  const tag = (await app.request(`/v1/approvals/${id}`)).headers.get('etag')!
  assert.equal((await decide(id, { decision: 'approve' }, { 'if-match': '"another"' })).status, 412)
  assert.equal((await decide(id, { decision: 'approve' }, { 'if-match': tag, 'idempotency-key': 'one' })).status, 200)
  assert.equal((await decide(id, { decision: 'approve' }, { 'if-match': tag, 'idempotency-key': 'one' })).status, 200)
  assert.equal((await decide(id, { decision: 'deny' }, { 'if-match': tag })).status, 412)
  assert.equal(services.approvals.audited.filter(({ kind }) => kind === 'approval.decided').length, 1)
})

test('an auditor sees approvals and decides none', async () => {
  const { app, decide, id, services } = await openAsked(['ab'], {
    actor: 'tok_1',
    project: 'default',
    role: () => 'auditor',
  })
  assert.equal((await app.request(`/v1/approvals/${id}`)).status, 200)
  const refused = await decide(id, { decision: 'approve' })
  assert.deepEqual([refused.status, (await read(refused)).code], [403, 'role_insufficient'])
  assert.equal(services.approvals.service.get('default', id).state, 'pending')
})

for (const body of [
  {},
  { decision: 'maybe' },
  { decision: 'approve', extra: 1 },
  { decision: 'deny', reason: 'x'.repeat(501) },
  [],
]) {
  test(`a decision is refused that is ${JSON.stringify(body).slice(0, 50)}`, async () => {
    const { decide, id, services } = await openAsked()
    assert.equal((await decide(id, body)).status, 400)
    assert.equal(services.approvals.service.get('default', id).state, 'pending')
  })
}

test('N5: a signed callback needs no token, and learns no more than the state', async () => {
  const { app, id, services } = await openAsked(['ab'], { actor: 'anyone', project: 'default', role: () => 'auditor' })
  const said = {
    webhook: 'chat',
    decision: 'approve',
    time: Date.parse('2026-11-22T10:00:01Z') / 1000,
    nonce: sceneNonce('chat', id),
  } as const
  const signature = signCallback(sceneWebhookKey, { ...said, approval: id, by: '', reason: '' })
  const call = (body: unknown) =>
    app.request(`/v1/approvals/${id}/callback`, { method: 'POST', headers: json, body: JSON.stringify(body) })
  const wrong = await call({ ...said, signature: '0'.repeat(64) })
  assert.deepEqual([wrong.status, (await read(wrong)).code], [401, 'callback_invalid'])
  assert.equal((await call({ ...said, by: 'a\nb', signature })).status, 400)
  const taken = await call({ ...said, signature })
  assert.deepEqual([taken.status, await taken.json()], [200, { state: 'approved' }])
  assert.equal((await call({ ...said, signature })).status, 409)
  assert.equal(services.approvals.service.get('default', id).decidedBy, 'webhook:chat')
})

test('N5: whoever follows hears of what waits, and of each decision', async () => {
  const { app, id, services } = await openAsked()
  const reply = await app.request('/v1/approvals?follow=true')
  const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const until = async (part: RegExp): Promise<void> => {
    for (let turn = 0; turn < 20 && !part.test(text); turn++) text += (await reader.read()).value ?? ''
    assert.match(text, part)
  }
  await until(/event: open[\s\S]*event: approval\ndata: .*"state":"pending"/)
  await services.approvals.service.decide(id, { decision: 'deny' }, 'owner')
  await until(/"state":"denied"/)
  await reader.cancel()
})
