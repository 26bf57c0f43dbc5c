import assert from 'node:assert/strict'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CreatedKey, KeyCreate, RuleList, Scope } from '@coatcheck/contract'
import { type Canary, findCanary } from '../../fixtures/canary.ts'
import { carelessTargets } from '../../fixtures/careless-routes.ts'
import { type Asked, ask, basicUser, bearer } from '../../wire/key-scene.ts'
import { poll } from '../../wire/poll.ts'
import { proxyAuthorization } from '../../wire/ways-in.ts'
import { register } from '../registered.ts'
import { goodHost, injectorHost } from '../services.ts'
import type { Stage } from '../stage.ts'
import type { Door } from './door.ts'

/** A service that takes every request. */
const host = injectorHost('always')
const secret = 'keyed'
const isEnd = new Set(['grant_expired', 'sandbox_expired'])
const rules: RuleList = {
  default: 'deny',
  rules: [{ effect: 'allow', methods: ['GET'], paths: ['/json', ...carelessTargets] }],
}

interface Issued extends CreatedKey {
  readonly canary: Canary
}

/** Keys without a sandbox. Each is a secret itself, and belongs to nobody but its holder. */
export const virtualKeys: Door = {
  name: 'virtual keys: shown in right and wrong places, over their cap, expired, revoked, and in the hands of others',
  once: 'here',
  async walk(stage) {
    await makeSecret(stage)
    const before = stage.services.good.requests.length
    const short = await issue(stage, { label: 'short', expiresIn: 1 })
    const key = await issue(stage)
    await showRightly(stage, key)
    await showWrongly(stage, key)
    await misplace(stage, key)
    await commands(stage, key)
    await showOver(stage, short)
    const heads = stage.services.good.requests.slice(before).map((request) => [request.target, ...request.rawHeaders])
    for (const { canary } of [short, key]) assert.deepEqual(findCanary(heads.join('\n'), canary), [])
    await stage.client.secrets.delete(secret)
  },
}

async function makeSecret({ client, services, values }: Stage): Promise<void> {
  const reach = { pin: { address: '127.0.0.1', port: services.good.port }, roots: services.root.certificate }
  const kinds: readonly Scope['inject'][] = [
    { kind: 'bearer' },
    { kind: 'basic', as: 'user' },
    { kind: 'header', name: 'x-api-key' },
    { kind: 'query', name: 'api_key' },
  ]
  const scopes = kinds.map((inject) => ({ to: host, inject, ...reach }))
  await client.secrets.create({ name: secret, value: values.stored.value, scopes })
}

function learnKey(stage: Stage, text: string): Canary {
  // What stands before it is the key’s id.
  const [, random = ''] = /_([0-9A-Za-z]{43})\s*$/.exec(text) ?? []
  return stage.learn(random)
}

async function issue(stage: Stage, input: Partial<KeyCreate> = {}): Promise<Issued> {
  const caps = [{ unit: 'requests', limit: 100, window: 'day' }] as const
  const created = await stage.client.keys.create({ label: 'agent', secret, rules, caps, expiresIn: '30m', ...input })
  return { ...created, canary: learnKey(stage, created.key) }
}

/** Asks at the door; the stage hears the answer. */
async function send(stage: Stage, where: string, asked: Asked) {
  const received = await ask(stage.doors.proxyUrl, asked)
  stage.hear(where, [...received.rawHeaders, received.text].join('\n'))
  return received
}

async function showRightly(stage: Stage, { key }: Issued): Promise<void> {
  for (const asked of [
    { path: '/json', headers: bearer(key) },
    { path: '/json', headers: basicUser(key) },
    { path: '/json', headers: { 'x-api-key': key } },
    { path: `/json?api_key=${key}` },
    { path: '/proxy/-/self', headers: bearer(key) },
  ]) {
    const { status, text } = await send(stage, 'a key in its place', asked)
    assert.equal(status, 200, text)
  }
  for (const path of carelessTargets) await send(stage, `a careless service: ${path}`, { path, headers: bearer(key) })
}

async function showWrongly(stage: Stage, { key }: Issued): Promise<void> {
  const near = `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`
  for (const asked of [
    { path: '/json', headers: bearer(near) },
    { path: '/json', headers: bearer(`x${key}`) },
    { path: '/json', headers: { ...bearer(key), 'x-api-key': near } },
    { path: '/json', headers: { ...bearer(key), 'x-note': key } },
    { path: '/json', headers: { cookie: `session=${key}` } },
    { path: `/${key}/json` },
    { path: `/proxy/${key}/json`, headers: bearer(key) },
    { path: `/json?note=${key}`, headers: bearer(key) },
    { path: `/other/${key}`, headers: bearer(key) },
    { method: 'POST', path: '/json', headers: bearer(key), body: `api_key=${key}` },
    { path: `https://${host}/json`, headers: { host, ...bearer(key) } },
    { path: `https://${host}/json`, headers: { host, 'proxy-authorization': `Bearer ${key}` } },
  ]) {
    const { status, text } = await send(stage, 'a key in a wrong place', asked)
    assert.ok(status >= 400, `${JSON.stringify(asked)}: ${text}`)
  }
}

/** The key where tokens, placeholders and identities belong. */
async function misplace(stage: Stage, { key, id }: Issued): Promise<void> {
  const { apiUrl } = stage.doors
  for (const [method, path] of [
    ['GET', `/v1/keys/${id}`],
    ['GET', `/v1/secrets?cursor=${key}`],
    ['DELETE', `/v1/keys/${key}`],
  ] as const) {
    const answer = await fetch(`${apiUrl}${path}`, { method, headers: { authorization: `Bearer ${key}` } })
    stage.hear(`${method} a key as a token`, JSON.stringify([...answer.headers]) + (await answer.text()))
    // Guesses from one address are slowed down.
    assert.ok([401, 429].includes(answer.status), `${answer.status} to ${path}`)
  }
  for (const [method, path, body] of [
    ['GET', `/v1/keys/${key}`, undefined],
    ['GET', `/v1/keys?cursor=${key}`, undefined],
    ['GET', `/v1/keys/${id}`, undefined],
    ['POST', '/v1/keys', { label: key, secret: key, rules, caps: [{ unit: key }], expiresIn: key }],
    ['POST', '/v1/explain', { sandbox: key, method: 'GET', url: `https://${host}/json` }],
  ] as const)
    await stage.ask({ method, path, ...(body && { body }) })
  const sandbox = await register(stage, { secrets: { KEY: 'key' } })
  await sandbox.sendByEach({
    host: goodHost,
    secret: 'key',
    target: '/json',
    headers: [['Authorization', `Bearer ${key}`]],
  })
  await sandbox.sendByEach({ host: goodHost, secret: 'key', target: `/json?key=${key}` }, { id, token: key })
  await send(stage, 'a key as an identity', {
    path: '/json',
    headers: { 'proxy-authorization': proxyAuthorization({ id, token: key }) },
  })
  await stage.client.sandboxes.end(sandbox.sandbox.id)
}

/** What the command line makes, shows and ends. */
async function commands(stage: Stage, { id }: Issued): Promise<void> {
  const file = join(stage.caller.folder, 'agent.key')
  const bounds = ['--cap', '1requests/day', '--allow', 'GET /json', '--expires', '1h']
  const made = await stage.commandHere([
    'key',
    'create',
    '--secret',
    secret,
    '--label',
    'filed',
    ...bounds,
    '--out',
    file,
  ])
  assert.equal(made.code, 0, made.stderr)
  const key = readFileSync(file, 'utf8').trim()
  rmSync(file)
  learnKey(stage, key)
  const statuses = []
  for (const _ of [1, 2]) statuses.push((await send(stage, 'a cap', { path: '/json', headers: bearer(key) })).status)
  assert.deepEqual(statuses, [200, 429])
  for (const args of [
    ['key', 'show', id],
    ['explain', 'GET', `https://${host}/json`, '--sandbox', id],
    ['key', 'revoke', id],
    ['key', 'list', '--json'],
    ['logs', '--sandbox', id, '--json'],
  ]) {
    const { code, stderr } = await stage.commandHere(args)
    assert.equal(code, 0, stderr)
  }
}

/** Keys that were good once, at the door and by their own wish. */
async function showOver(stage: Stage, { key }: Issued): Promise<void> {
  const expired = await poll(async () => {
    const answer = await send(stage, 'an expired key', { path: '/json', headers: bearer(key) })
    // One that was let in just before is told of its grant, or of its end.
    return answer.status === 200 || isEnd.has(answer.code ?? '') ? undefined : answer
  })
  assert.equal(expired.code, 'key_expired')
  const own = await issue(stage, { label: 'own' })
  for (const [method, status] of [
    ['DELETE', 202],
    ['GET', 401],
  ] as const) {
    const asked = { method, path: '/proxy/-/self', headers: bearer(own.key) }
    assert.equal((await send(stage, 'a key that ends itself', asked)).status, status)
  }
}
