import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Rule, RuleList } from '@coatcheck/contract'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { api, auth, openTokenScene, type TokenScene } from './token-scene.ts'
import { absoluteForm, type Place, sendBy } from './ways-in.ts'
import type { Received } from './world.ts'

const { runCaptured } = (await import(
  join(repositoryRoot, 'packages/cli/src/captured-command-line.suite.ts')
)) as typeof import('../../packages/cli/src/captured-command-line.suite.ts')

const target = '/oauth/token'
const form = ['Content-Type', 'application/x-www-form-urlencoded'] as const
const denying: Rule = { name: 'no tokens', effect: 'deny', hosts: [auth], paths: [target] }
const closed: RuleList = { default: 'deny', rules: [] }
const tried: RuleList = { default: 'allow', dryRun: true, rules: [denying] }

const open = (...rules: readonly Rule[]): RuleList => ({ default: 'allow', rules })

function refresh(scene: TokenScene, placeholder = scene.placeholder, place = scene.place): Promise<Received> {
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_secret: placeholder }).toString()
  return sendBy(absoluteForm, place, { secret: 'key', host: auth, target, method: 'POST', headers: [form], body })
}

const explain = (scene: TokenScene) =>
  scene.world.client.explain({
    sandbox: scene.place.inside.sandbox.id,
    method: 'POST',
    url: `https://${auth}${target}`,
    headers: [{ name: 'Content-Type', value: form[1] }],
  })

test('G1, AC-5.4: lists that do not allow a token endpoint, ask about it, or have presets let a client refresh', async () => {
  await using scene = await openTokenScene()
  for (const rules of [
    closed,
    { default: 'deny', rules: [{ effect: 'allow', hosts: [api], methods: ['GET'], paths: 'any' }] },
    { default: 'deny', presets: ['read-only', 'no-admin'], rules: [] },
    { default: 'deny', rules: [{ effect: 'ask', methods: 'any', paths: 'any' }] },
    open({ effect: 'deny', hosts: [api] }, { effect: 'deny', hosts: [auth], methods: ['GET'] }),
    open({ effect: 'deny', when: 'grants.exists(grant, grant.env == "OTHER")' }),
  ] satisfies RuleList[]) {
    await scene.world.client.rules.set(rules)
    const answer = await refresh(scene)
    assert.equal(answer.status, 200, `${JSON.stringify(rules)} ${answer.text}`)
    assert.equal(JSON.parse(answer.text).access_token, scene.placeholder)
    const { verdict } = await explain(scene)
    assert.equal(verdict.outcome, 'answered', JSON.stringify(rules))
  }
  await scene.world.client.rules.set(closed)
  assert.equal((await scene.call()).code, 'rule_denied', 'what it got is good for nothing that is not allowed')
  assert.deepEqual([scene.service.asked, scene.service.called], [[], []])
})

test('G1, AC-6.4: a rule that denies a token endpoint denies it, and so does one that cannot be told', async () => {
  await using scene = await openTokenScene()
  for (const [rule, code] of [
    [denying, 'rule_denied'],
    [{ effect: 'deny' }, 'rule_denied'],
    [{ effect: 'deny', methods: ['POST'], paths: ['/OAuth/Token/'] }, 'rule_denied'],
    [{ effect: 'deny', headers: { 'content-type': '*form*' } }, 'rule_denied'],
    [{ effect: 'deny', when: 'grants.exists(grant, grant.env == "KEY")' }, 'rule_denied'],
    [{ effect: 'deny', body: [{ at: '/amount', atLeast: 1 }] }, 'rule_unevaluable'],
  ] as const) {
    await scene.world.client.rules.set(open(rule as Rule))
    const answer = await refresh(scene)
    assert.deepEqual([answer.status, answer.code], [403, code], JSON.stringify(rule))
    assert.ok(!answer.text.includes(scene.placeholder))
  }
  await scene.world.client.rules.set(open(denying))
  const refused = await refresh(scene, 'a-wrong-secret-0123456789')
  assert.equal(refused.code, 'rule_denied', 'who shows no placeholder is told of the project’s list too')
  const told = (await scene.world.events()).at(-1)!.event
  assert.deepEqual([told.kind, told.path, told.rule], ['exchange.refused', target, 'no tokens'])
  assert.deepEqual(scene.service.asked, [])
})

test('G1: a list on one grant is asked about the questions of that grant alone', async () => {
  await using scene = await openTokenScene()
  const { world } = scene
  const input = { secrets: { ONE: 'key', TWO: 'key' }, rules: { ONE: open(denying) }, from: ['127.0.0.1'] }
  const sandbox = await world.client.sandboxes.create(input)
  const place = { proxyUrl: world.broker.proxyUrl!, inside: { sandbox } } as unknown as Place
  const ask = (env: string) => refresh(scene, sandbox.connect.env[env]!, place)
  const refused = await ask('ONE')
  assert.equal(refused.code, 'rule_denied')
  assert.match(refused.text, /list: grant ONE/)
  assert.equal((await ask('TWO')).status, 200)
  const other = { sandbox: sandbox.id, method: 'POST', url: `https://${auth}${target}` }
  const { notes, verdict } = await world.client.explain(other)
  assert.equal(verdict.outcome, 'answered')
  assert.match(notes.join(), /body of the request decides too/)
  const pair = [{ name: 'Authorization', value: 'Basic any:$ONE' }]
  assert.equal((await world.client.explain({ ...other, headers: pair })).verdict.outcome, 'refused')
})

test('N10: explain says that the broker answers, by which rules, and under no cap', async () => {
  await using scene = await openTokenScene()
  const { client } = scene.world
  await client.rules.set({ default: 'deny', presets: ['read-only'], rules: [{ ...denying, methods: ['PUT'] }] })
  const said = await explain(scene)
  assert.deepEqual([said.verdict.outcome, said.dial, said.caps], ['answered', null, []])
  assert.match(said.notes.join(), /answers here in the stead of the service/)
  assert.deepEqual(said.rules, [
    {
      ...{ list: 'project', dryRun: false, outcome: 'allow', decidedBy: null },
      rules: [{ rule: 'no tokens', effect: 'deny', fit: 'differs', part: 'method', reason: null }],
    },
  ])
  await client.rules.set(open(denying))
  const { rules, verdict } = await explain(scene)
  assert.deepEqual([verdict.outcome, rules[0]?.decidedBy], ['refused', 'no tokens'])
})

test('G3: what the broker answers counts under no cap, and passes where there is no room', async () => {
  await using scene = await openTokenScene()
  const { client } = scene.world
  await client.caps.set('project', null, [{ unit: 'requests', limit: 1, window: 'total' }])
  for (let round = 0; round < 3; round++) assert.equal((await refresh(scene)).status, 200)
  assert.equal((await scene.call()).status, 200, 'the room is there still')
  assert.equal((await scene.call()).code, 'cap_reached')
  assert.equal((await refresh(scene)).status, 200)
})

test('N6: a list that is only tried refuses nothing, and what is recorded allows no token endpoint', async () => {
  await using scene = await openTokenScene()
  const { world } = scene
  await world.client.rules.set(tried)
  assert.equal((await refresh(scene)).status, 200)
  assert.equal((await scene.call('/v1/things')).status, 200)
  const note = 'answered by the broker, for KEY, dry run: would refuse, project, no tokens'
  assert.ok((await world.events()).some(({ event }) => event.note === note))
  const run = async (...args: readonly string[]) =>
    (await runCaptured(['policy', ...args], { environment: { COATCHECK_HOME: world.home } })).stdout
  const { id } = scene.place.inside.sandbox
  assert.match(await run('tried'), new RegExp(`${auth}${target}: would refuse, project, no tokens`))
  for (const command of ['record', 'suggest']) {
    const written = await run(command, '--sandbox', id)
    assert.match(written, new RegExp(api))
    assert.ok(!written.includes(auth), written)
  }
})
