import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { CoatcheckError, type Problem, type TokenRole } from '@coatcheck/contract'
import { roleCovers } from '../access/role.ts'
import { ActorLog } from '../audit/acting.ts'
import { systemClock } from '../foundation/clock.ts'
import { createAdminApp } from './app.ts'
import { documentation } from './documentation.ts'
import { type FakeServices, fakeServices } from './fake-services.suite.ts'
import { neededRole } from './gate.ts'
import { accessOf } from './route-documentation.ts'
import { tokenGate } from './token-gate.ts'

const day = 24 * 3600
let services: FakeServices
let app: ReturnType<typeof createAdminApp>
let nowMs = 0
const clock = { now: () => systemClock.now(), monotonicMs: () => nowMs }
beforeEach(() => {
  nowMs = 0
  services = fakeServices()
  app = appAt(true)
})

function appAt(isLoopback: boolean): ReturnType<typeof createAdminApp> {
  const { tokens } = services
  const auditLog = new ActorLog(services.auditLog)
  const gate = tokenGate({ tokens, auditLog, clock, isLoopback })
  return createAdminApp({ ...services, auditLog }, { gate })
}

interface Sent {
  readonly token?: string
  readonly peer?: string
  readonly host?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

function send(method: string, path: string, { token, peer = '192.0.2.1', host, body, headers }: Sent = {}) {
  const incoming = { socket: { remoteAddress: peer } }
  return app.request(
    path,
    {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(host === undefined ? {} : { host }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    },
    { incoming },
  )
}

async function refused(status: number, code: Problem['code'], reply: Response | Promise<Response>): Promise<Response> {
  const found = await reply
  assert.deepEqual([found.status, ((await found.clone().json()) as Problem).code], [status, code])
  return found
}

function issue(role: TokenRole, ttlSeconds = day): string {
  return services.tokens.issue('default', { name: role, role, ttlSeconds }).token
}

const secret = { name: 'stripe', value: 'sk_live_0123456789abcdefABCDEF', provider: 'stripe' }

const callback = '/v1/approvals/{id}/callback'

test('R-94, R-108: without a token nothing answers but whether the broker lives', async () => {
  for (const { method, path } of documentation) {
    const reply = await send(method, path.replaceAll(/\{\w+\}/g, 'x'), { host: 'broker.example' })
    const isOpen = ['/healthz', '/readyz'].includes(path)
    // Whoever answers by a callback shows a signature in its body, in the place of a token.
    const status = isOpen ? 200 : path === callback ? 400 : 401
    assert.equal(reply.status, status, `${method} ${path}`)
    await reply.body?.cancel()
    nowMs += 60_000
  }
  await refused(401, 'token_invalid', send('GET', '/v1/nothing'))
  await refused(401, 'token_invalid', send('PROPFIND', '/v1/secrets'))
})

for (const role of ['auditor', 'operator', 'owner'] as const) {
  test(`R-88: a token of role ${role} may do what its role may, on every route, and nothing else`, async () => {
    const token = issue(role)
    for (const route of documentation) {
      nowMs += 60_000
      const access = accessOf(route)
      const path = route.path.replaceAll(/\{\w+\}/g, 'none')
      const reply = await send(route.method, path, { token })
      const may = roleCovers(role, neededRole(access))
      assert.equal(
        reply.status === 403 && /role_insufficient/.test(await reply.clone().text()),
        !may,
        `${route.method} ${path}`,
      )
      await reply.body?.cancel()
    }
  })
}

test('an auditor changes nothing, whatever the method', async () => {
  for (const { method } of documentation.filter((route) => route.method !== 'GET')) assert.notEqual(method, 'GET')
  const changing = documentation.filter((route) => route.method !== 'GET')
  assert.deepEqual(
    changing.filter((route) => neededRole(accessOf(route)) === 'auditor').map(({ path }) => path),
    [callback],
  )
})

test('an operator may not lock everything down, and an administrator may', async () => {
  const body = { all: true }
  await refused(403, 'role_insufficient', send('POST', '/v1/lockdown', { token: issue('operator'), body }))
  assert.equal((await send('POST', '/v1/lockdown', { token: issue('owner'), body })).status, 200)
})

test('a route that nobody documented is for administrators alone', async () => {
  const { RouteFinder } = await import('./route-finder.ts')
  const { adminRoutes } = await import('./app.ts')
  const finder = new RouteFinder(adminRoutes(services), [])
  assert.equal(finder.find('GET', '/v1/secrets')?.access, 'owner')
  assert.equal(finder.find('GET', '/healthz')?.access, 'owner')
  assert.equal(finder.find('GET', '/v1/nothing'), undefined)
})

test('R-88: a demoted token loses its rights with its next request, an expired and a revoked one all of them', async () => {
  const { id, token } = services.tokens.issue('default', { name: 'a', role: 'owner' })
  assert.equal((await send('POST', '/v1/secrets', { token, body: secret })).status, 201)
  const row = services.tokenStore.tokens.get(id)!
  services.tokenStore.tokens.set(id, { ...row, role: 'auditor' })
  await refused(403, 'role_insufficient', send('DELETE', '/v1/secrets/stripe', { token }))
  assert.equal((await send('GET', '/v1/secrets/stripe', { token })).status, 200)
  services.tokenStore.tokens.set(id, { ...row, expiresAt: new Date(0).toISOString() })
  await refused(401, 'token_invalid', send('GET', '/v1/secrets/stripe', { token }))
  services.tokenStore.tokens.set(id, row)
  services.tokens.revoke('default', id)
  await refused(401, 'token_invalid', send('GET', '/v1/secrets/stripe', { token }))
})

test('unknown, malformed, expired and revoked tokens get one answer', async () => {
  const gone = services.tokens.issue('default', { name: 'gone', role: 'owner' })
  services.tokens.revoke('default', gone.id)
  const bodies = new Set<string>()
  for (const token of [gone.token, gone.token.replace(/.$/, 'x'), 'cct_x.y', 'x', undefined]) {
    const reply = await refused(401, 'token_invalid', send('GET', '/v1/secrets', token === undefined ? {} : { token }))
    assert.match(reply.headers.get('www-authenticate') ?? '', /^Bearer/)
    bodies.add(await reply.text())
  }
  assert.equal(bodies.size, 1)
})

for (const headers of [
  { authorization: 'Basic Y2N0Og==' },
  { authorization: 'Bearer' },
  { authorization: 'Bearer  ' },
  { cookie: 'token=TOKEN' },
  { 'x-api-key': 'TOKEN' },
  { authorization: 'Bearer TOKEN, Bearer TOKEN' },
  { authorization: 'TOKEN' },
] as readonly Record<string, string>[]) {
  test(`a token counts in one place only: not in ${JSON.stringify(headers)}`, async () => {
    const token = issue('owner')
    const filled = Object.fromEntries(
      Object.entries(headers).map(([name, text]) => [name, text.replaceAll('TOKEN', token)]),
    )
    await refused(401, 'token_invalid', send('GET', '/v1/secrets', { headers: filled }))
  })
}

test('R-95: a token in the query lets nobody in, and is refused where it does no good', async () => {
  const token = issue('owner')
  await refused(401, 'token_invalid', send('GET', `/v1/secrets?access_token=${token}`))
  for (const path of ['/v1/secrets', '/v1/secrets/stripe', '/v1/status', '/openapi.json', '/healthz']) {
    const reply = await refused(400, 'request_invalid', send('GET', `${path}?token=${token}`, { token }))
    assert.ok(!(await reply.text()).includes(token.slice(25)))
  }
})

test('R-92: wrong tokens from one address are slowed down, and do not starve the valid ones from there', async () => {
  const token = issue('auditor')
  const statuses: number[] = []
  for (let guess = 0; guess < 30; guess++) statuses.push((await send('GET', '/v1/secrets', { token: 'cct_no' })).status)
  assert.equal(statuses.filter((status) => status === 401).length, 10)
  assert.equal(statuses.at(-1), 429)
  const limited = await refused(429, 'rate_limited', send('GET', '/v1/secrets', { token: 'cct_no' }))
  assert.match(limited.headers.get('retry-after') ?? '', /^[1-9]\d*$/)
  assert.equal((await send('GET', '/v1/secrets', { token })).status, 200)
  await refused(401, 'token_invalid', send('GET', '/v1/secrets', { token: 'cct_no', peer: '192.0.2.2' }))
})

test('R-92: a busy valid token does not take from the guesses of others, nor from other tokens', async () => {
  const [busy, quiet] = [issue('auditor'), issue('auditor')]
  let last = 200
  for (let count = 0; count < 300 && last === 200; count++) {
    last = (await send('GET', '/v1/status', { token: busy })).status
  }
  assert.equal(last, 429)
  assert.equal((await send('GET', '/v1/status', { token: quiet })).status, 200)
  await refused(401, 'token_invalid', send('GET', '/v1/status', { token: 'cct_no' }))
  assert.equal((await send('GET', '/healthz')).status, 200)
})

test('failed authentications are recorded with their peer, at a bounded rate, and all of them counted', async () => {
  for (let peer = 0; peer < 200; peer++) await send('GET', '/v1/secrets', { token: 'cct_no', peer: `192.0.2.${peer}` })
  const events = () => services.auditLog.events.filter(({ kind }) => kind === 'authentication.failed')
  assert.equal(events().length, 50)
  assert.equal(events()[0]?.note, 'peer: 192.0.2.0')
  nowMs += 5_000
  await send('GET', '/v1/secrets', { token: 'cct_no', peer: '198.51.100.1' })
  assert.equal(events().at(-1)?.count, 151)
  assert.ok(!JSON.stringify(events()).includes('cct_'))
})

test('a refused token is refused as well when the journal is full', async () => {
  services.auditLog.full = true
  await refused(401, 'token_invalid', send('GET', '/v1/secrets', { token: 'cct_no' }))
})

test('what a token does is recorded under its id, and so is what the owner of the socket does', async () => {
  const { id, token } = services.tokens.issue('default', { name: 'ci', role: 'operator' })
  await send('POST', '/v1/secrets', { token, body: secret })
  const auditLog = new ActorLog(services.auditLog)
  await createAdminApp({ ...services, auditLog }).request('/v1/secrets/stripe', { method: 'DELETE' })
  const recorded = services.auditLog.events.map(({ kind, actor }) => [kind, actor])
  assert.deepEqual(recorded, [
    ['secret.created', id],
    ['secret.deleted', 'owner'],
  ])
})

test('metrics are open on loopback to those who call it so, and to auditors elsewhere', async () => {
  assert.equal((await send('GET', '/metrics', { host: '127.0.0.1:7072' })).status, 200)
  assert.equal((await send('GET', '/metrics', { host: 'localhost:7072' })).status, 200)
  await refused(401, 'token_invalid', send('GET', '/metrics', { host: 'broker.example' }))
  app = appAt(false)
  await refused(401, 'token_invalid', send('GET', '/metrics', { host: 'localhost:7072' }))
  assert.equal((await send('GET', '/metrics', { token: issue('auditor') })).status, 200)
})

test('while the vault is locked no token lets anybody in', async () => {
  const token = issue('owner')
  services.tokenStore.find = () => {
    throw new CoatcheckError('vault_locked')
  }
  await refused(503, 'vault_locked', send('GET', '/v1/status', { token }))
  assert.equal((await send('GET', '/healthz')).status, 200)
})

test('the text of a token is in the reply that creates it, and in no other', async () => {
  const admin = issue('owner')
  const reply = await send('POST', '/v1/tokens', {
    token: admin,
    body: { name: 'ci', role: 'auditor', ttlSeconds: 60 },
  })
  assert.equal(reply.status, 201)
  const { id, token } = (await reply.json()) as { id: string; token: string }
  for (const path of ['/v1/tokens', `/v1/tokens/${id}`]) {
    const text = await (await send('GET', path, { token: admin })).text()
    assert.ok(text.includes(id) && !text.includes(token.slice(25)), path)
  }
  assert.ok(!JSON.stringify(services.auditLog.events).includes(token.slice(25)))
  assert.equal((await send('DELETE', `/v1/tokens/${id}`, { token: admin })).status, 204)
  await refused(401, 'token_invalid', send('GET', '/v1/status', { token }))
  await refused(404, 'token_not_found', send('DELETE', `/v1/tokens/${id}`, { token: admin }))
})

test('a token that the journal cannot record does not come into being, and revoking works all the same', async () => {
  const { id, token } = services.tokens.issue('default', { name: 'a', role: 'owner' })
  services.auditLog.full = true
  await refused(503, 'audit_unavailable', send('POST', '/v1/tokens', { token, body: { name: 'b', role: 'auditor' } }))
  assert.equal(services.tokenStore.tokens.size, 1)
  await refused(503, 'audit_unavailable', send('DELETE', `/v1/tokens/${id}`, { token }))
  assert.equal(services.tokenStore.tokens.size, 0)
})

for (const [what, body] of [
  ['no role', { name: 'a' }],
  ['another role', { name: 'a', role: 'root' }],
  ['no name', { role: 'auditor' }],
  ['a name with a line break', { name: 'a\nb', role: 'auditor' }],
  ['no end', { name: 'a', role: 'auditor', ttlSeconds: null }],
  ['an end too far away', { name: 'a', role: 'auditor', ttlSeconds: 365 * day + 1 }],
  ['an end at once', { name: 'a', role: 'auditor', ttlSeconds: 59 }],
  ['a text of its own', { name: 'a', role: 'auditor', token: 'cct_x' }],
] as const) {
  test(`a token with ${what} is refused`, async () => {
    const token = issue('owner')
    await refused(400, 'request_invalid', send('POST', '/v1/tokens', { token, body }))
    assert.equal(services.tokenStore.tokens.size, 1)
  })
}
