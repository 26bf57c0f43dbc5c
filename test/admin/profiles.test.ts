import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CoatcheckError, type ProblemCode, type RuleList } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { makeCanary } from '../fixtures/canary.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import { startVerifyingServer, type VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Inside, openWorld, type World } from '../wire/world.ts'

const host = 'api.acme.example'
const key = makeCanary('key-').value
const root = createTlsRoot()
const reading: RuleList = { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: ['/v1/**'] }] }
const code = (expected: ProblemCode) => (error: unknown) => error instanceof CoatcheckError && error.code === expected

let origin: VerifyingServer
let world: World
let tokens: Readonly<Record<'auditor' | 'issuer' | 'operator' | 'owner', CoatcheckClient>>
before(async () => {
  origin = await startVerifyingServer({
    root,
    hosts: { [host]: [{ scheme: 'bearer', value: key }] },
    answer: (_request, response) => void response.end('{}'),
  })
  world = await openWorld({ settings: { api: { listen: { host: '127.0.0.1', port: 0 } } } })
  const reach = { pin: { address: '127.0.0.1', port: origin.port }, roots: root.certificate }
  const scopes = [{ to: host, inject: { kind: 'bearer' }, ...reach }]
  await world.client.secrets.create({ name: 'acme', value: key, scopes })
  await world.client.profiles.apply({
    name: 'reader',
    network: { allow: ['pypi.org'], deny: ['evil.example'] },
    secrets: { KEY: 'acme' },
    rules: { KEY: reading },
    caps: [{ unit: 'requests', limit: 3, window: 'day' }],
    ttlSeconds: 600,
  })
  const url = world.broker.apiUrl ?? ''
  const made = await Promise.all(
    (['auditor', 'issuer', 'operator', 'owner'] as const).map(async (role) => {
      const { token } = await world.client.tokens.create({ name: role, role })
      return [role, createClient({ url, token })] as const
    }),
  )
  tokens = Object.fromEntries(made) as typeof tokens
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

const ask = (inside: Inside, method: string, target: string) =>
  inside.send({ host, method, target, headers: [['Authorization', `Bearer ${inside.placeholder('KEY')}`]] })

test('W7, G4: the rules and the caps of a profile hold on the wire, and each sandbox counts for itself', async () => {
  const inside = await world.createSandbox({ profile: 'reader' })
  const before = origin.requests.length
  assert.equal((await ask(inside, 'POST', '/v1/charges')).code, 'rule_denied')
  assert.equal((await ask(inside, 'GET', '/v2/charges')).code, 'rule_denied')
  assert.equal(origin.requests.length, before)
  for (let count = 0; count < 3; count += 1) assert.equal((await ask(inside, 'GET', '/v1/json')).status, 200)
  assert.equal((await ask(inside, 'GET', '/v1/json')).status, 429)
  assert.equal(origin.requests.length, before + 3)
  const other = await world.createSandbox({ profile: 'reader' })
  assert.equal((await ask(other, 'GET', '/v1/json')).status, 200)
  await inside.end()
  await other.end()
})

test('SEC-08: a request for more than the profile gives gets no more', async () => {
  const caps = [{ unit: 'requests', limit: 100, window: 'day' }] as const
  const inside = await world.createSandbox({ profile: 'reader', caps })
  for (let count = 0; count < 3; count += 1) assert.equal((await ask(inside, 'GET', '/v1/json')).status, 200)
  assert.equal((await ask(inside, 'GET', '/v1/json')).status, 429)
  await inside.end()
})

test('the reach of a profile is that of a sandbox made from it, before there is one', async () => {
  const count = (await world.client.sandboxes.list()).items.length
  const ahead = await world.client.reach.of({ profile: 'reader' })
  assert.equal((await world.client.sandboxes.list()).items.length, count)
  assert.deepEqual(ahead.sandbox, { id: '', name: '', profile: 'reader' })
  assert.match(ahead.summary.join('\n'), /KEY on api\.acme\.example.*GET HEAD on \/v1\/\*\*/)
  const inside = await world.createSandbox({ profile: 'reader' })
  const there = await world.client.reach.of({ sandbox: inside.sandbox.id })
  const { sandbox: _, ...rest } = ahead
  const { sandbox: __, ...same } = there
  assert.deepEqual(rest, same)
  await inside.end()
  assert.deepEqual((await world.client.reach.of({ profile: 'locked' })).grants, [])
  await assert.rejects(world.client.reach.of({ profile: 'none' }), code('profile_not_found'))
})

test('an issuer makes sandboxes from a profile, and neither reads nor changes one', async () => {
  const { issuer } = tokens
  const made = await issuer.sandboxes.create({ profile: 'reader' })
  assert.deepEqual(Object.keys(made.connect.env), ['KEY'])
  const refused = [
    issuer.profiles.list(),
    issuer.profiles.get('reader'),
    issuer.profiles.apply({ name: 'reader' }),
    issuer.profiles.delete('reader'),
    issuer.reach.of({ profile: 'reader' }),
  ]
  for (const each of refused) await assert.rejects(each, code('role_insufficient'))
  await assert.rejects(issuer.sandboxes.create({ profile: 'none' }), code('profile_not_found'))
  await issuer.sandboxes.end(made.id)
})

test('an auditor reads profiles and changes none', async () => {
  const { auditor } = tokens
  assert.equal((await auditor.profiles.get('reader')).name, 'reader')
  assert.equal((await auditor.profiles.list()).items.length, 4)
  await assert.rejects(auditor.profiles.apply({ name: 'mine' }), code('role_insufficient'))
  await assert.rejects(auditor.profiles.delete('reader'), code('role_insufficient'))
  await assert.rejects(auditor.sandboxes.create({ profile: 'reader' }), code('role_insufficient'))
})

test('an operator and an owner make and delete profiles', async () => {
  for (const role of ['operator', 'owner'] as const) {
    const { profiles } = tokens[role]
    assert.equal((await profiles.apply({ name: role, secrets: { KEY: 'acme' } })).origin, 'own')
    await profiles.delete(role)
    await assert.rejects(profiles.get(role), code('profile_not_found'))
  }
  const actors = (await world.events()).filter(({ event }) => event.kind === 'profile.deleted')
  assert.ok(actors.every(({ event }) => event.actor?.startsWith('tok_')))
})

test('a project with a profile in it is not deleted', async () => {
  await world.client.projects.create({ name: 'brief' })
  const brief = world.client.with({ project: 'brief' })
  await brief.profiles.apply({ name: 'mine' })
  await assert.rejects(world.client.projects.delete('brief'), code('project_in_use'))
  await brief.profiles.delete('mine')
  await world.client.projects.delete('brief')
})
