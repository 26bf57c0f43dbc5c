import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { ApprovalView, RuleList } from '@coatcheck/contract'
import { poll } from '../../wire/poll.ts'
import { doorWays } from '../../wire/ways-in.ts'
import { bearer, type Registered, register } from '../registered.ts'
import { goodHost } from '../services.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

const rules: RuleList = {
  default: 'deny',
  rules: [{ name: 'sends', effect: 'ask', methods: ['POST'], paths: ['/body'] }],
}

/** Requests that wait for a person, who is asked on the command line and by webhooks, and grants that a sandbox asks for. */
export const approvals: Door = {
  name: 'approvals: asked, shown, told to webhooks, decided, used again, and asked for by a sandbox',
  once: 'here',
  async walk(stage) {
    const sandbox = await register(stage, { secrets: { KEY: 'key' }, rules: { KEY: rules } })
    await byCommand(stage, sandbox)
    await byWebhook(stage, sandbox)
    await wrongly(stage, sandbox)
    await byAgent(stage, sandbox)
    await stage.client.sandboxes.end(sandbox.sandbox.id)
    stage.hear('what webhooks got', stage.services.hooked.join('\n'))
  },
}

/** A request that is asked about, and what waits because of it. */
async function asked(sandbox: Registered, text: string) {
  const send = () =>
    sandbox.send(doorWays[0]!, {
      host: goodHost,
      secret: 'key',
      method: 'POST',
      target: '/body',
      headers: [bearer(sandbox), ['Content-Type', 'application/json']],
      body: JSON.stringify({ text }),
    })
  const pending = await send()
  assert.equal(pending.code, 'approval_pending', pending.text)
  return { id: String(pending.headers['coatcheck-retry-key']), send }
}

async function byCommand(stage: Stage, sandbox: Registered): Promise<void> {
  const [good, bad] = [await asked(sandbox, 'one'), await asked(sandbox, 'two')]
  for (const args of [
    ['approval', 'list'],
    ['approval', 'show', good.id],
    ['approve', good.id],
    ['deny', bad.id, '--reason', 'not today', '--json'],
    ['approval', 'list', '--all', '--json'],
  ]) {
    const { code, stderr } = await stage.commandHere(args)
    assert.equal(code, 0, stderr)
  }
  assert.deepEqual([(await good.send()).status, (await bad.send()).code], [200, 'approval_denied'])
  assert.equal((await stage.commandHere(['approve', good.id])).code, 0)
}

/** A service that has the webhook’s key calls back, wrongly and rightly. */
async function byWebhook(stage: Stage, sandbox: Registered): Promise<void> {
  const { hook } = stage.values
  const { id, send } = await asked(sandbox, 'three')
  const told = await poll(() => stage.services.hooked.find((text) => text.includes(id) && text.includes('"nonce"')))
  const { nonce } = JSON.parse(told) as { readonly nonce: string }
  const time = Math.floor(Date.now() / 1000)
  const claim = { webhook: 'ops', decision: 'approve', time, nonce, by: 'mia' }
  const lines = ['coatcheck-callback-v1', id, 'ops', String(time), nonce, 'approve', 'mia', '']
  const signature = createHmac('sha256', hook.value).update(lines.join('\n')).digest('hex')
  for (const [body, good] of [
    [{ ...claim, signature: hook.value }, false],
    [{ ...claim, signature, webhook: hook.value }, false],
    [{ ...claim, signature, reason: hook.value }, false],
    [{ ...claim, signature, [hook.value]: hook.value }, false],
    [{ ...claim, signature }, true],
  ] as const) {
    const { status, text } = await stage.ask({ method: 'POST', path: `/v1/approvals/${id}/callback`, body })
    assert.equal(status < 300, good, text)
  }
  assert.equal((await send()).status, 200)
}

/** Values where ids and decisions belong. */
async function wrongly(stage: Stage, sandbox: Registered): Promise<void> {
  const { id } = await asked(sandbox, 'four')
  const { value } = stage.values.next
  for (const question of [
    { method: 'POST', path: `/v1/approvals/${id}/decision`, body: { decision: value } },
    { method: 'POST', path: `/v1/approvals/${id}/decision`, body: { decision: 'approve', [value]: value } },
    { method: 'POST', path: `/v1/approvals/${value}/decision`, body: { decision: 'deny' } },
    { method: 'GET', path: `/v1/approvals/${value}` },
    { method: 'GET', path: `/v1/approvals?state=${value}` },
    { method: 'POST', path: `/v1/approvals/${value}/callback`, body: { webhook: value } },
  ]) {
    const { status, text } = await stage.ask(question)
    assert.ok(status >= 400 && status < 500, text)
  }
}

/** The sandbox asks for a grant at its own door. */
async function byAgent(stage: Stage, { sandbox, send }: Registered): Promise<void> {
  const { gatewayUrl } = sandbox.connect
  const ask = async (path: string, body?: object) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const answer = await fetch(`${gatewayUrl}/-/${path}`, init)
    const text = await answer.text()
    stage.hear(`agent door ${path}`, JSON.stringify([...answer.headers]) + text)
    return { status: answer.status, text }
  }
  const { foreign } = stage.values
  const wish = await ask('access-requests', { to: goodHost, env: 'SPARE', reason: 'for a coat' })
  assert.ok(wish.status < 300, wish.text)
  const { id } = JSON.parse(wish.text) as ApprovalView
  for (const body of [
    { to: `${foreign.value}!`, reason: 'x' },
    { to: goodHost, env: `${foreign.value}-`, reason: 'x' },
    { to: goodHost, env: 'OTHER', reason: [foreign.value] },
    { [foreign.value]: foreign.value },
  ]) {
    const { status, text } = await ask('access-requests', body)
    assert.ok(status >= 400, text)
  }
  const { code, stderr } = await stage.commandHere(['approve', id, '--secret', 'key'])
  assert.equal(code, 0, stderr)
  for (const path of ['access-requests', 'approvals', `approvals/${id}`, `approvals/${foreign.value}`, 'self/grants'])
    await ask(path)
  const [spare] = (await stage.client.grants.list({ sandbox: sandbox.id })).items.filter(({ env }) => env === 'SPARE')
  assert.ok(spare, 'there is no new grant')
  await send(doorWays[0]!, { host: goodHost, secret: 'key', target: '/json' })
}
