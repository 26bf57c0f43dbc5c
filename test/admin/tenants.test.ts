import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { DoorSettings } from '@coatcheck/broker'
import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { type CoatcheckClient, createClient } from '@coatcheck/sdk'
import { poll } from '../wire/poll.ts'
import { openWorld, type World } from '../wire/world.ts'

const code = (expected: ProblemCode) => (error: unknown) => error instanceof CoatcheckError && error.code === expected
const onLoopback: DoorSettings = { listen: { host: '127.0.0.1', port: 0 } }
/** Stands in every name that the one tenant chose, and in nothing of the other. */
const mark = 'orchid'
const value = 'sk_live_0123456789abcdefABCDEF'
const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }]

interface Reply {
  readonly status: number
  readonly text: string
}

interface Route {
  readonly method: string
  readonly path: string
}

/** Bodies that a route of some kind takes, so that what is refused is not their form; `{name}` in one is that of the path. */
const bodies: Readonly<Record<string, unknown>> = {
  'PATCH /v1/secrets/{name}': { scopes },
  'POST /v1/secrets/{name}/rotate': { value: `${value}9` },
  'PATCH /v1/sandboxes/{id}': { name: 'mine now' },
  'POST /v1/sandboxes/{id}/renew': { ttlSeconds: 600 },
  'POST /v1/sandboxes/{id}/token': {},
  'PUT /v1/sandboxes/{id}/grants/{env}': { secret: 'key' },
  'PUT /v1/profiles/{name}': { name: '{name}', secrets: { KEY: 'key' } },
  'PUT /v1/members/{name}': { role: 'owner' },
  'POST /v1/approvals/{id}/decision': { decision: 'approve' },
}

describe('projects', () => {
  let world: World
  let url = ''
  /** Of each tenant, as the owner of the home, and as a token of its own. */
  let shop: CoatcheckClient
  let lab: CoatcheckClient
  /** Asks more in a short time than one token may, which is no other token’s loss. */
  let askingToken = ''
  let routes: readonly Route[] = []
  /** What the shop has, by the kind of thing. */
  let known: Readonly<Record<string, string>>

  before(async () => {
    world = await openWorld({ settings: { api: onLoopback } })
    url = world.broker.apiUrl ?? ''
    await world.client.projects.create({ name: `${mark}-shop` })
    await world.client.projects.create({ name: 'lab' })
    shop = world.client.with({ project: `${mark}-shop` })
    const { tokens } = world.client.with({ project: 'lab' })
    lab = createClient({ url, token: (await tokens.create({ name: 'head', role: 'owner' })).token })
    askingToken = (await tokens.create({ name: 'asking', role: 'owner' })).token
    await lab.secrets.create({ name: 'key', value: `${value}2`, scopes })
    known = await furnish()
    routes = await allRoutes()
  })
  after(() => world[Symbol.asyncDispose]())

  /** One of everything, in the shop. */
  async function furnish(): Promise<Record<string, string>> {
    await shop.secrets.create({ name: `${mark}-key`, value, scopes })
    await shop.secrets.create({ name: 'key', value, scopes })
    const sandbox = await shop.sandboxes.create({ name: `${mark}-box`, secrets: { KEY: `${mark}-key` } })
    const [grant] = sandbox.grants
    const decoy = await shop.decoys.create({ name: `${mark} decoy` })
    const host = `api.${mark}.example`
    const provider = { id: `${mark}-api`, name: mark, hosts: [{ host, injectors: [{ kind: 'bearer' as const }] }] }
    await shop.providers.create(provider)
    await shop.profiles.apply({ name: `${mark}-profile`, description: mark, secrets: { KEY: `${mark}-key` } })
    await shop.rules.set({
      default: 'allow',
      rules: [{ name: mark, effect: 'deny', methods: ['DELETE'], paths: 'any' }],
    })
    await shop.members.set(`${mark} ann`, { role: 'operator' })
    const token = await shop.tokens.create({ name: `${mark} token`, role: 'auditor' })
    const key = await shop.keys.create({
      label: `${mark} key`,
      secret: `${mark}-key`,
      rules: { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: ['/**'] }] },
      caps: [{ unit: 'requests', limit: 5, window: 'day' }],
      expiresIn: '30m',
    })
    return {
      secret: `${mark}-key`,
      sandbox: sandbox.id,
      grant: grant?.id ?? '',
      decoy: decoy.id,
      provider: provider.id,
      profile: `${mark}-profile`,
      member: `${mark} ann`,
      token: token.id,
      key: key.id,
      project: `${mark}-shop`,
    }
  }

  async function ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    const send = () =>
      fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${askingToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(5_000),
      })
    // So many questions are more than one token may ask in so short a time.
    const reply = await poll(async () => {
      const answer = await send()
      return answer.status === 429 ? void (await answer.body?.cancel()) : answer
    })
    return { status: reply.status, text: await reply.text() }
  }

  async function allRoutes(): Promise<readonly Route[]> {
    const document = JSON.parse((await ask('GET', '/openapi.json')).text) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    }
    return Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
    )
  }

  /** Everything that the shop can see of itself, but for what time and its own looking change. */
  async function stateOfShop(): Promise<string> {
    const [secrets, sandboxes, decoys, providers, profiles, rules, members, tokens, grants, keys] = await Promise.all([
      shop.secrets.list(),
      shop.sandboxes.list(),
      shop.decoys.list(),
      shop.providers.list({ limit: 200 }),
      shop.profiles.list(),
      shop.rules.get(),
      shop.members.list(),
      shop.tokens.list(),
      shop.grants.list(),
      shop.keys.list(),
    ])
    return JSON.stringify({ secrets, sandboxes, decoys, providers, profiles, rules, members, tokens, grants, keys })
  }

  test('R-89: no list, page, stream or number of one tenant shows anything of another', async () => {
    for (const { method, path } of routes) {
      if (method !== 'GET' || path.includes('{')) continue
      const { status, text } = await ask(method, path)
      assert.ok(!text.includes(mark), `${path} answers ${status} with something of another tenant`)
      for (const [kind, id] of Object.entries(known)) assert.ok(!text.includes(id), `${path} shows a ${kind}`)
    }
    const explained = await ask('POST', '/v1/explain', {
      sandbox: known['sandbox'],
      method: 'GET',
      url: 'https://api.example.com/',
    })
    assert.equal(JSON.parse(explained.text).code, 'sandbox_not_found')
    for (const reply of await Promise.all([
      ask('POST', '/v1/reach', { profile: `${mark}-profile` }),
      ask('POST', '/v1/sandboxes', { profile: `${mark}-profile` }),
    ]))
      assert.equal(JSON.parse(reply.text).code, 'profile_not_found')
    assert.equal((await lab.requests.list()).items.length, 0)
    assert.equal((await lab.status()).secrets, 1)
    const events = await lab.audit.list({ limit: 200 })
    assert.ok(events.items.length > 0)
    assert.ok(events.items.every(({ event }) => event.project === 'lab'))
  })

  test('R-89: whatever route one tenant takes, with whatever of another, it is answered as if that were not there', async () => {
    const before = await stateOfShop()
    let asked = 0
    for (const { method, path } of routes) {
      if (!path.includes('{')) continue
      for (const name of Object.values(known)) {
        const body = bodies[`${method} ${path}`]
        const filled = (text: string): unknown => body && JSON.parse(JSON.stringify(body).replace('{name}', text))
        const fill = (text: string) =>
          path.replaceAll(/\{(\w+)\}/g, (_, part: string) => (part === 'env' ? 'KEY' : encodeURIComponent(text)))
        // As long, and of the same letters, so that nothing but its absence is different.
        const absent = name.replaceAll(mark, 'tulips').replace(/(_[0-9a-z]{3})[0-9a-z]{3}/, '$1zzz')
        const theirs = await ask(method, fill(name), filled(name))
        const nobodys = await ask(method, fill(absent), filled(absent))
        // A PUT makes what it names: here, in the tenant's own project.
        if (method === 'PUT' && theirs.status < 300) continue
        const plain = ({ status, text }: Reply) => ({
          status,
          text: text
            .replaceAll(name, '')
            .replaceAll(absent, '')
            .replaceAll(/"instance":"[^"]*"/g, ''),
        })
        assert.deepEqual(plain(theirs), plain(nobodys), `${method} ${path} with ${name}`)
        asked += 1
      }
    }
    assert.ok(asked > 150, `only ${asked} were asked`)
    assert.equal(await stateOfShop(), before)
  })

  test('two tenants have secrets of one name, and neither ends what the other has', async () => {
    assert.equal((await lab.secrets.get('key')).name, 'key')
    await lab.lockdown({ all: true })
    await lab.secrets.delete('key')
    assert.equal((await shop.secrets.get('key')).version, 1)
    assert.equal((await shop.sandboxes.get(known['sandbox'] ?? '')).status, 'active')
    await lab.secrets.create({ name: 'key', value: `${value}2`, scopes })
  })

  test('R-89: a tenant names no other project, and governs nothing of the installation', async () => {
    for (const project of [`${mark}-shop`, 'default', 'none']) {
      const reply = await ask('GET', '/v1/secrets', undefined, { 'coatcheck-project': project })
      assert.equal((JSON.parse(reply.text) as { code: string }).code, 'project_not_found')
    }
    assert.equal((await ask('GET', '/v1/secrets', undefined, { 'coatcheck-project': 'lab' })).status, 200)
    await assert.rejects(lab.vault.lock(), code('installation_only'))
    await assert.rejects(lab.vault.rotateKey(), code('installation_only'))
    await assert.rejects(lab.projects.list(), code('installation_only'))
    await assert.rejects(lab.projects.create({ name: 'mine' }), code('installation_only'))
    await assert.rejects(lab.audit.checkpoint(), code('installation_only'))
    assert.equal((await ask('POST', '/v1/backup', {})).status, 403)
    assert.equal((await world.client.status()).vault, 'unlocked')
  })

  test('an issuer makes sandboxes and ends its own, and reads nothing else', async () => {
    const issuerToken = await lab.tokens.create({ name: 'ci', role: 'issuer' })
    const issuer = createClient({ url, token: issuerToken.token })
    const theirs = await lab.sandboxes.create({ name: 'theirs' })
    const own = await issuer.sandboxes.create({ name: 'own', secrets: { KEY: 'key' } })
    assert.equal((await lab.sandboxes.get(own.id)).createdBy, issuerToken.id)
    assert.ok((await issuer.sandboxes.connect(own.id)).env['KEY'])
    const refused = [
      issuer.secrets.list(),
      issuer.rules.get(),
      issuer.sandboxes.list(),
      issuer.sandboxes.get(own.id),
      issuer.grants.list(),
      issuer.requests.list(),
      issuer.tokens.list(),
      issuer.members.list(),
      issuer.status(),
    ]
    for (const each of refused) await assert.rejects(each, code('role_insufficient'))
    await assert.rejects(issuer.sandboxes.connect(theirs.id), code('sandbox_not_found'))
    await assert.rejects(issuer.sandboxes.end(theirs.id), code('sandbox_not_found'))
    await issuer.sandboxes.end(own.id)
    assert.equal((await lab.sandboxes.get(own.id)).status, 'ended')
    assert.equal((await lab.sandboxes.get(theirs.id)).status, 'active')
    await lab.sandboxes.end(theirs.id)
  })

  test('a member’s tokens may do what the member may at this moment', async () => {
    await lab.members.set('ann', { role: 'operator' })
    const ann = createClient({
      url,
      token: (await lab.tokens.create({ name: 'laptop', role: 'owner', member: 'ann' })).token,
    })
    await assert.rejects(ann.members.set('ann', { role: 'owner' }), code('role_insufficient'))
    assert.equal((await ann.secrets.list()).items.length, 1)
    await lab.members.set('ann', { role: 'owner' })
    assert.equal((await ann.members.list()).items.find(({ name }) => name === 'ann')?.role, 'owner')
    await lab.members.remove('ann')
    await assert.rejects(ann.secrets.list(), code('token_invalid'))
    await assert.rejects(lab.members.remove('ann'), code('member_not_found'))
    await assert.rejects(lab.tokens.create({ name: 'x', role: 'auditor', member: 'ann' }), code('member_not_found'))
  })

  test('a project is deleted once it has nothing in it, with its tokens', async () => {
    await world.client.projects.create({ name: 'brief' })
    const brief = world.client.with({ project: 'brief' })
    const visitor = createClient({ url, token: (await brief.tokens.create({ name: 'v', role: 'owner' })).token })
    await visitor.secrets.create({ name: 'key', value, scopes })
    await assert.rejects(world.client.projects.delete('brief'), code('project_in_use'))
    await assert.rejects(world.client.projects.delete('default'), code('project_in_use'))
    await visitor.secrets.delete('key')
    await world.client.projects.delete('brief')
    await assert.rejects(visitor.status(), code('token_invalid'))
    await assert.rejects(brief.status(), code('project_not_found'))
    await world.client.projects.create({ name: 'brief' })
    await assert.rejects(visitor.status(), code('token_invalid'))
    assert.deepEqual((await brief.tokens.list()).items, [])
    await assert.rejects(world.client.projects.create({ name: 'brief' }), code('project_exists'))
    await assert.rejects(world.client.projects.create({ name: 'default' }), code('project_exists'))
    await assert.rejects(world.client.projects.create({ name: 'No Name' }), code('request_invalid'))
  })
})
