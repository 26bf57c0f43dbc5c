import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { FakeKeys } from '../admin/fake-keys.suite.ts'
import { MemoryGrants, MemorySandboxes } from '../admin/fake-sandboxes.suite.ts'
import { openApprovalsScene, sampleQuestion } from '../approvals/approvals-scene.suite.ts'
import { AgentDoor, type OwnReply } from './agent-door.ts'

const project = 'default'

let sandboxes = new MemorySandboxes()
let grants = new MemoryGrants(sandboxes)
let own = ''
let other = ''
const keys = new FakeKeys()
const faults: unknown[] = []
let approvals = openApprovalsScene()

// Stands in for the ways in: whoever calls is the sandbox that is said to.
const server = createServer((request, response) => {
  const reportFault = (_instance: string, error: unknown) => faults.push(error)
  const door = new AgentDoor({
    projectOf: () => project,
    sandboxes,
    grants,
    keys,
    approvals: approvals.service,
    reportFault,
  })
  const fields = Object.entries(request.headers).map(([name, value]) => ({ name, value: String(value) }))
  const answer = async ({ status, headers, body }: OwnReply) => {
    request.resume()
    response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body)
    await once(response, 'close')
  }
  const asked = { method: request.method ?? '', target: request.url ?? '', fields, carrier: { answer } }
  if (request.method !== 'POST') return void door.answer(own, asked)
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.once('end', () => void door.answer(own, { ...asked, body: Buffer.concat(chunks) }))
})
before(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
after(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(async () => {
  faults.length = 0
  approvals = openApprovalsScene()
  sandboxes = new MemorySandboxes()
  grants = new MemoryGrants(sandboxes)
  own = (await sandboxes.create(project, { name: 'agent', credentials: { KEY: 'a value', SPARE: 'a value' } })).id
  other = (await sandboxes.create(project, { name: 'neighbour', credentials: { THEIRS: 'a value' } })).id
  await grants.attach(project, own, 'STORED', { secret: 'name-of-the-secret' })
})

async function ask(method: string, path: string, headers = {}, body?: Buffer) {
  const { port } = server.address() as AddressInfo
  const length = body === undefined ? {} : { 'content-length': body.length }
  const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers: { ...headers, ...length }, agent: false })
  sent.on('error', () => {}).end(body)
  const [reply] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of reply) chunks.push(chunk as Buffer)
  return { status: reply.statusCode, headers: reply.headers, text: Buffer.concat(chunks).toString() }
}

test('a sandbox sees itself and its grants, and neither names of secrets nor placeholders nor its neighbours (R-83)', async () => {
  const { status, text, headers } = await ask('GET', '/self')
  const view = JSON.parse(text)
  assert.deepEqual([status, view.id, view.name, view.status], [200, own, 'agent', 'active'])
  assert.deepEqual(view.grants.map(({ env }: { env: string }) => env).toSorted(), ['KEY', 'SPARE', 'STORED'])
  assert.deepEqual(Object.keys(view).toSorted(), ['expiresAt', 'grants', 'id', 'name', 'status'])
  for (const grant of view.grants) assert.deepEqual(Object.keys(grant).toSorted(), ['env', 'expiresAt', 'to'])
  for (const hidden of ['name-of-the-secret', 'placeholder_', other, 'THEIRS', 'neighbour']) {
    assert.ok(!text.includes(hidden), hidden)
  }
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox")
  assert.equal(headers['x-content-type-options'], 'nosniff')
})

test('G5: a sandbox gives up a grant of its own, and no other', async () => {
  assert.equal((await ask('DELETE', '/self/grants/KEY')).status, 204)
  assert.deepEqual(
    sandboxes
      .get(project, own)
      .grants.map(({ env }) => env)
      .toSorted(),
    ['SPARE', 'STORED'],
  )
  for (const env of ['KEY', 'THEIRS', 'nothing', 'a%00b']) {
    const { status, text } = await ask('DELETE', `/self/grants/${env}`)
    assert.deepEqual([status, JSON.parse(text).code], [404, 'grant_not_found'], env)
  }
  assert.equal(sandboxes.get(project, other).grants.length, 1)
})

test('S7: a sandbox ends itself, and is told so before its connection ends with it', async () => {
  const ended = sandboxes.ended(own)
  const { status, text } = await ask('DELETE', '/self')
  assert.deepEqual([status, text], [202, ''])
  await ended
  assert.deepEqual(
    [own, other].map((id) => sandboxes.get(project, id).status),
    ['ended', 'active'],
  )
  const { status: refused } = await ask('DELETE', '/self', { origin: 'https://evil.example' })
  assert.equal(refused, 403)
})

test('the certificate of its authority, and a word about what this is', async () => {
  assert.deepEqual([(await ask('GET', '/ca.pem')).text, (await ask('HEAD', '/ca.pem')).text], ['PEM', ''])
  assert.match((await ask('GET', '/')).text, /agent door/)
  assert.equal((await ask('GET', '/self?sandbox=sbx_other')).status, 200)
})

const nothing: readonly (readonly [string, string])[] = [
  ...['/v1/sandboxes', '/v1/secrets', '/v1/grants', '/v1/lockdown', '/healthz', '/metrics', '/openapi.json'].map(
    (path) => ['GET', path] as const,
  ),
  ['POST', '/self'],
  ['PUT', '/self/grants/KEY'],
  ['PATCH', '/self'],
  ['DELETE', '/self/grants'],
  ['OPTIONS', '/self'],
  ['GET', '/self/grants/KEY'],
  ['GET', '/self/../v1/secrets'],
  ['DELETE', '/self/grants/%2e%2e'],
  ['GET', '//self'],
  ['GET', '*'],
]

for (const [method, path] of nothing) {
  test(`R-59: there is nothing behind ${method} ${path}`, async () => {
    const { status, text } = await ask(method, path)
    assert.equal(status, 404)
    if (text !== '') assert.equal(JSON.parse(text).code, 'not_found')
    assert.equal(sandboxes.get(project, own).grants.length, 3)
  })
}

test('a page in the agent’s browser is refused', async () => {
  const { status, text, headers } = await ask('DELETE', '/self/grants/KEY', { origin: 'https://evil.example' })
  assert.match(String(headers['content-security-policy']), /sandbox/)
  assert.deepEqual([status, JSON.parse(text).code], [403, 'origin_forbidden'])
  assert.equal(sandboxes.get(project, own).grants.length, 3)
})

test('a body is of no use, and a long one ends the connection', async () => {
  assert.equal((await ask('DELETE', '/self/grants/KEY', {}, Buffer.alloc(100))).status, 204)
  const long = Buffer.alloc(8 * 1024 * 1024)
  await ask('DELETE', '/self/grants/SPARE', {}, long).catch(() => undefined)
  assert.equal((await ask('GET', '/self')).status, 200)
})

const post = (body: unknown) => ask('POST', '/access-requests', {}, Buffer.from(JSON.stringify(body)))

test('a sandbox asks for a grant, and reads what became of it', async () => {
  const { status, text } = await post({ to: 'Stripe', reason: 'refund \u001b[2J order 7' })
  assert.equal(status, 202)
  const { id, kind, state } = JSON.parse(text)
  assert.deepEqual([kind, state], ['access', 'pending'])
  assert.ok(!text.includes('shop'), 'the name of a secret')
  const { access } = approvals.service.get('default', id)
  const reason = 'refund \\u{1b}[2J order 7'
  assert.deepEqual(access, { to: 'stripe', env: 'STRIPE_KEY', reason, secrets: ['shop'] })
  assert.equal(JSON.parse((await post({ to: 'stripe', reason: 'again' })).text).id, id)
  await approvals.service.decide(id, { decision: 'deny', reason: 'not today' }, 'owner')
  const own = JSON.parse((await ask('GET', `/approvals/${id}`)).text)
  assert.deepEqual([own.state, own.reason], ['denied', 'not today'])
  assert.equal(JSON.parse((await ask('GET', '/access-requests')).text).items[0].state, 'denied')
})

test('R-83: a sandbox neither sees nor cancels what another one asked, and decides nothing', async () => {
  const question = sampleQuestion({ sandboxId: other })
  await approvals.desk.ask(question)
  const [theirs] = approvals.service.list('default')
  for (const method of ['GET', 'DELETE']) assert.equal((await ask(method, `/approvals/${theirs!.id}`)).status, 404)
  assert.deepEqual(JSON.parse((await ask('GET', '/approvals')).text), { items: [] })
  await approvals.desk.ask(sampleQuestion({ sandboxId: own }))
  const mine = approvals.service.list('default').find(({ sandbox }) => sandbox === own)!
  assert.equal(
    (await ask('POST', `/approvals/${mine.id}/decision`, {}, Buffer.from('{"decision":"approve"}'))).status,
    404,
  )
  assert.equal((await ask('DELETE', `/approvals/${mine.id}`)).status, 204)
  assert.equal(JSON.parse((await ask('GET', `/approvals/${mine.id}`)).text).state, 'cancelled')
  assert.equal(JSON.parse((await ask('DELETE', `/approvals/${mine.id}`)).text).code, 'approval_decided')
  assert.equal(approvals.service.get('default', theirs!.id).state, 'pending')
})

const unfit: readonly unknown[] = [
  ...[null, [], 'text', {}, { to: 'stripe' }, { reason: 'why' }, { to: 'a b', reason: 'why' }],
  { to: 'stripe', reason: ' ' },
  { to: 'stripe', reason: 'x'.repeat(501) },
  { to: 'stripe', reason: 'why', env: 'PATH=1' },
  { to: 'stripe', reason: 'why', secret: 'shop' },
  { to: 'https://evil.example/?x', reason: 'why' },
]

for (const body of unfit) {
  test(`an access request is refused that is ${JSON.stringify(body).slice(0, 60)}`, async () => {
    const { status, text } = await post(body)
    assert.deepEqual([status, JSON.parse(text).code], [400, 'request_invalid'])
    assert.deepEqual(approvals.service.list('default'), [])
  })
}

test('R-82: a sandbox that asks for everything is told to stop', async () => {
  const codes = new Set<string>()
  for (let turn = 0; turn < 30; turn++) {
    const { status, text } = await post({ to: `host-${turn}.test`, reason: 'why' })
    codes.add(status === 202 ? 'asked' : JSON.parse(text).code)
  }
  assert.deepEqual([...codes], ['asked', 'approval_limit'])
  assert.equal(approvals.service.list('default').length, 20)
})

test('G5: a virtual key sees itself and ends itself, and asks for nothing', async () => {
  const rules = { default: 'deny', rules: [] } as const
  const made = await keys.create(project, { label: 'k', provider: 'stripe', rules, caps: [], ttlSeconds: 60 })
  own = made.id
  const { status, text } = await ask('GET', '/self')
  assert.deepEqual([status, JSON.parse(text).label], [200, 'k'])
  assert.ok(!text.includes(made.key))
  for (const [method, path] of [
    ['GET', '/access-requests'],
    ['POST', '/access-requests'],
    ['DELETE', '/self/grants/KEY'],
    ['GET', '/self/grants/KEY/key-file'],
    ['GET', '/ca.pem'],
    ['GET', '/self/'],
  ] as const) {
    assert.equal((await ask(method, path)).status, 404, `${method} ${path}`)
  }
  assert.equal((await ask('GET', '/approvals')).status, 200)
  assert.equal((await ask('DELETE', '/self')).status, 202)
  assert.equal(keys.get(project, own).status, 'revoked')
})

test('an unexpected failure says nothing, and is reported', async () => {
  sandboxes.get = () => {
    throw new Error('a detail that is nobody’s business')
  }
  const { status, text } = await ask('GET', '/self')
  assert.deepEqual([status, JSON.parse(text).code, text.includes('detail that')], [500, 'internal', false])
  assert.equal(faults.length, 1)
})
