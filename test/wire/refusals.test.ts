import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { CoatcheckError, type Problem, type ProblemCode, problems, type Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startConnectProxy } from '../fixtures/connect-proxy.ts'
import { freePort } from '../fixtures/free-port.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { type SigningScope, signInField } from '../fixtures/sign-request.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { openClientConnection } from './client-connection.ts'
import { poll } from './poll.ts'
import { type Asking, doorWays, type Place, sendBy } from './ways-in.ts'
import { openWorld, type Received, type World } from './world.ts'

const host = (name: string): string => `${name}.service.test`
const root = createTlsRoot()
const door = { proxy: { listen: { host: '127.0.0.1', port: 0 } } }
/** Cap of bodies; what else is said here is shorter. */
const longest = 10_000
const services = ['api', 'other', 'one', 'two', 'page', 'closed', 'untrusted', 'garbled', 'named', 'brief'] as const
const faults: unknown[] = []
let aheadMs = 0

/** Answers with bytes that are not HTTP. */
const leaf = root.leaf(host('garbled'))
const babbler = createTlsServer({ cert: leaf.certificate, key: leaf.key })
let origin: VerifyingServer
let world: World
let place: Place

const resolver = {
  async resolve(name: string): Promise<readonly string[]> {
    if (name.startsWith('broken')) throw new TypeError('a bug')
    if (name.startsWith('private')) return ['10.0.0.1']
    throw new CoatcheckError('destination_unresolved', { host: name })
  },
}

before(async () => {
  babbler.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => {}).once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello'))
  })
  babbler.listen(0, '127.0.0.1')
  await once(babbler, 'listening')
  origin = await startOrigin({ root, hosts: { [host('api')]: 'public', [host('untrusted')]: 'public' } })
  world = await openWorld({
    settings: { ...door, maxRequestBytes: longest, maxResponseBytes: longest },
    resolver,
    clock: { now: () => new Date(Date.now() + aheadMs), monotonicMs: () => performance.now() },
    reportFault: (_instance, error) => faults.push(error),
  })
  const at = (port: number) => ({ pin: { address: '127.0.0.1', port }, roots: root.certificate })
  const api = at(origin.port)
  const always = { ...api, attach: 'always' } as const
  const { port } = babbler.address() as AddressInfo
  const store = (name: string, to: string, rest: Partial<Scope>, further: readonly Scope[] = []) => {
    const scopes: readonly Scope[] = [{ to, inject: { kind: 'bearer' }, ...rest }, ...further]
    return world.client.secrets.create({ name, value: makeCanary('sk-live-').value, scopes })
  }
  await store('api', host('api'), api)
  await store('other', host('other'), api)
  await store('one', host('shared'), always)
  await store('two', host('shared'), always)
  await store('page', host('page'), always)
  await store('closed', host('closed'), at(await freePort()))
  await store('untrusted', host('untrusted'), { pin: api.pin })
  await store('garbled', host('garbled'), at(port))
  await store('brief', host('brief'), api)
  const unpinned = ['private', 'broken'].map((name): Scope => ({ to: host(name), inject: { kind: 'bearer' } }))
  await store('named', host('named'), {}, unpinned)
  const value = JSON.stringify({ accessKeyId: 'AKIAREALREALREALREAL', secretAccessKey: 'Real/Key+'.repeat(4) })
  const signing: Scope = { to: host('signed'), inject: { kind: 'sigv4', services: ['s3'] }, ...api }
  await world.client.secrets.create({ name: 'signed', value, scopes: [signing] })
  const secrets = Object.fromEntries([...services, 'signed'].map((name) => [name.toUpperCase(), name]))
  const inside = await world.createSandbox({ secrets, from: ['127.0.0.0/8'] })
  place = { proxyUrl: world.broker.proxyUrl!, inside }
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
  babbler.close()
})

const way = (name: string) => doorWays.find((each) => each.name === name)!
const bearer = (name: string) => ['Authorization', `Bearer ${place.inside.placeholder(name.toUpperCase())}`] as const

/** Sends a request for a host of one secret, with its placeholder unless other headers are given. */
function ask(name: string, asking: Partial<Asking> = {}, by = 'absolute-form', at: Place = place): Promise<Received> {
  const usual = { host: host(name), secret: name, target: '/json', headers: [bearer(name)] }
  return sendBy(way(by), at, { ...usual, ...asking })
}

/** Sends a request for one path that was signed for the same, or for another. */
function askSigned(scope: SigningScope, target = '/json'): Promise<Received> {
  const accessKeyId = place.inside.placeholder('SIGNED_ACCESS_KEY_ID')
  const secretAccessKey = place.inside.placeholder('SIGNED_SECRET_ACCESS_KEY')
  const headers = signInField({ host: host('signed'), target }, { accessKeyId, secretAccessKey }, scope)
  return ask('signed', { headers })
}

async function throughProxy(port: number): Promise<Received> {
  await using further = await openWorld({ settings: { ...door, upstreamProxy: `http://127.0.0.1:${port}` } })
  const scopes: readonly Scope[] = [{ to: host('api'), inject: { kind: 'bearer' } }]
  await further.client.secrets.create({ name: 'api', value: makeCanary('sk-live-').value, scopes })
  const inside = await further.createSandbox({ secrets: { API: 'api' }, from: ['127.0.0.0/8'] })
  const headers = [['Authorization', `Bearer ${inside.placeholder('API')}`]] as const
  return await ask('api', { headers }, 'absolute-form', { proxyUrl: further.broker.proxyUrl!, inside })
}

async function startsWith(bytes: string): Promise<Received> {
  const answer = await place.inside.sendBytes(host('api'), bytes)
  const [head = '', body = ''] = answer.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2).map((part) => part.toLowerCase())))
  const { code } = JSON.parse(body) as Problem
  return { status: Number(first.split(' ')[1]), headers, rawHeaders: [], text: body, code }
}

const stranger = { id: 'sbx_none', token: 'none' }

/** How each refusal comes about; those at the end change the broker for the ones behind them. */
const table: readonly (readonly [ProblemCode, () => Promise<Received>])[] = [
  ['destination_denied', () => ask('elsewhere', { headers: [] })],
  ['destination_mismatch', () => place.inside.send({ host: host('api'), hostField: host('other') })],
  ['destination_unresolved', () => ask('named')],
  ['destination_unresolved', () => ask('named', { host: host('private') })],
  ['request_malformed', () => startsWith('GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n')],
  ['path_ambiguous', () => ask('api', { target: '/a/../b' })],
  ['method_refused', () => ask('api', { method: 'TRACE' })],
  ['upgrade_refused', () => ask('api', { headers: [bearer('api'), ['Upgrade', 'websocket']] })],
  ['placeholder_wrong_destination', () => ask('api', { headers: [bearer('other')] })],
  ['placeholder_undeclared_place', () => ask('api', { headers: [['X-Note', bearer('api')[1]]] })],
  [
    'placeholder_foreign',
    async () => {
      const another = await world.createSandbox({ secrets: { API: 'api' } })
      return ask('api', { headers: [['Authorization', `Bearer ${another.placeholder('API')}`]] })
    },
  ],
  [
    'grant_ended',
    async () => {
      const { id } = place.inside.sandbox
      const { placeholder } = await world.client.sandboxes.attach(id, 'GONE', { secret: 'api' })
      await world.client.sandboxes.detach(id, 'GONE')
      return ask('api', { headers: [['Authorization', `Bearer ${placeholder}`]] })
    },
  ],
  ['method_not_injectable', () => ask('api', { method: 'OPTIONS' })],
  ['foreign_credential', () => ask('api', { headers: [['Authorization', 'Bearer mine']] })],
  ['credential_ambiguous', () => ask('shared', { headers: [] })],
  ['signature_invalid', () => askSigned({}, '/another')],
  ['signature_expired', () => askSigned({ at: new Date(Date.now() - 3_600_000) })],
  ['signature_out_of_scope', () => askSigned({ service: 'iam' })],
  ['attach_refused', () => ask('page', { headers: [['Origin', 'https://page.test']] })],
  [
    'proxy_unauthenticated',
    () => sendBy(way('absolute-form'), place, { host: host('api'), secret: 'api', target: '/' }, stranger),
  ],
  [
    'gateway_unauthenticated',
    () => sendBy(way('gateway path'), place, { host: host('api'), secret: 'api', target: '/' }, stranger),
  ],
  [
    'sandbox_elsewhere',
    async () => {
      const away = await world.client.sandboxes.create({ from: ['192.0.2.0/24'] })
      return sendBy(way('absolute-form'), place, { host: host('api'), secret: 'api', target: '/' }, away)
    },
  ],
  ['gateway_target_unknown', () => ask('nothing', { headers: [] }, 'gateway path')],
  [
    'gateway_target_ambiguous',
    () => ask('api', { headers: [bearer('api'), ['X-Other', bearer('other')[1]]] }, 'root by key'),
  ],
  ['request_body_too_large', () => ask('api', { method: 'POST', body: 'x'.repeat(longest + 1) })],
  ['response_body_too_large', () => ask('api', { target: `/bytes/${longest + 1}` })],
  ['upstream_tls_untrusted', () => ask('untrusted')],
  ['upstream_unreachable', () => ask('closed')],
  ['upstream_malformed', () => ask('garbled')],
  ['upstream_proxy_unreachable', async () => throughProxy(await freePort())],
  [
    'upstream_proxy_refused',
    async () => {
      await using proxy = await startConnectProxy(1, 'user:password')
      return await throughProxy(proxy.port)
    },
  ],
  ['internal', () => ask('named', { host: host('broken') })],
  [
    'grant_expired',
    async () => {
      await world.client.sandboxes.attach(place.inside.sandbox.id, 'BRIEF', { secret: 'brief', ttlSeconds: 60 })
      const { env } = await world.client.sandboxes.connect(place.inside.sandbox.id)
      aheadMs += 120_000
      return ask('brief', { headers: [['Authorization', `Bearer ${env['BRIEF']}`]] })
    },
  ],
  [
    'sandbox_expired',
    async () => {
      const brief = await world.createSandbox({ secrets: { API: 'api' }, ttlSeconds: 60 })
      using connection = await openClientConnection(brief, host('api'))
      aheadMs += 120_000
      return await connection.send({ headers: [['Authorization', `Bearer ${brief.placeholder('API')}`]] })
    },
  ],
  [
    'secret_unavailable',
    async () => {
      using connection = await openClientConnection(place.inside, host('api'))
      await world.client.vault.lock()
      const received = await connection.send({ target: '/json', headers: [bearer('api')] })
      await world.client.vault.unlock()
      return received
    },
  ],
]

/** Codes with a `Proxy-Status` that the table does not have. */
const elsewhere: Readonly<Record<string, string>> = {
  rule_denied: 'rules.test.ts has it, by every way in',
  rule_unevaluable: 'rules.test.ts has it',
  approval_pending: 'approvals.test.ts has it',
  approval_denied: 'approvals.test.ts has it',
  approval_used: 'approvals.test.ts has it',
  approval_mismatch: 'approvals.test.ts has it',
  approval_expired: 'nobody waits that long here; approval-desk.test.ts of the broker has it',
  approval_cancelled: 'ask.test.ts of the broker has it',
  approval_unreachable: 'ask.test.ts of the broker has it',
  approval_limit: 'needs twenty open questions; agent-door.test.ts of the broker has it',
  cap_reached: 'caps.test.ts has it, by every way in',
  cap_unmeasured: 'spend-caps.test.ts has it',
  circuit_open: 'caps.test.ts has it',
  key_expired: 'keys.test.ts has it, and the next two',
  key_revoked: 'keys.test.ts has it',
  key_elsewhere: 'keys.test.ts has it',
  sign_in_needed: 'oauth2.test.ts: a service says so',
  token_scope_refused: 'in registry-scopes.test.ts',
  token_unavailable: 'oauth2.test.ts: a token endpoint has to fail',
  audit_unavailable: 'the last test of this file',
  body_unreadable: 'in request-bodies.test.ts',
  call_refused: 'in dangerous-calls.test.ts',
  client_tls_failed: 'said in a record only: the client is gone',
  destination_ip_prohibited: 'said to the operator only; the sandbox hears destination_unresolved',
  new_key_returned: 'in new-keys.test.ts',
  protocol_unsupported: 'said in a record only: there is no protocol to say it in',
  response_uninspected: 'in scrubbing.test.ts',
  sandbox_ended: 'said by the management API and the agent door',
  signature_unsupported: 'its remedy says what to set instead; in the tests of signed requests',
  secret_returned: 'in scrubbing.test.ts',
  source_unavailable: 'in sources.test.ts',
  upstream_certificate_refused: 'in mtls.test.ts',
  upstream_timeout: 'takes its ten seconds in the fault tests',
}

for (const [index, [code, provoke]] of table.entries()) {
  test(`AC-8.1: ${code} is said with its reason, its remedy and whose answer it is (${index + 1})`, async () => {
    const received = await provoke()
    const { instance } = assertProblem(received, code)
    // The two that a further broker gave stand in that one's journal.
    if (code.startsWith('upstream_proxy')) return
    await poll(async () => (await world.events()).find(({ id }) => id === instance))
  })
}

/** That an answer is a refusal of the broker's with everything that belongs to one. */
function assertProblem({ status, headers, text: body }: Received, code: ProblemCode): Problem {
  const kind: {
    readonly status: number
    readonly title: string
    readonly remedy: string
    readonly proxyError?: string
  } = problems[code]
  const problem = JSON.parse(body) as Problem
  assert.equal(problem.code, code)
  assert.equal(status, kind.status)
  assert.equal(headers['content-type'], 'application/problem+json; charset=utf-8')
  assert.equal(headers['proxy-status'], `coatcheck; error=${kind.proxyError}; details="${code}"`)
  assert.equal(headers['cache-control'], 'no-store')
  assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox")
  assert.equal(headers['x-content-type-options'], 'nosniff')
  const { type, title, remedy, detail, instance } = problem
  assert.deepEqual([type, title, remedy], [`https://coatcheck.dev/problems/${code}`, kind.title, kind.remedy])
  assert.ok(detail.startsWith(title))
  assert.match(instance ?? '', /^(?:exc|con|evt)_/)
  return problem
}

test('AC-8.1: every code of the way out is in the table, or there is a reason why it is not', () => {
  const page = readFileSync(join(repositoryRoot, 'docs/reference/problems.md'), 'utf8')
  const said = new Set<string>(table.map(([code]) => code))
  const all = Object.entries(problems).filter(([, kind]) => 'proxyError' in kind)
  for (const [code] of all) {
    assert.ok(said.has(code) !== code in elsewhere, code)
    assert.ok(page.includes(`\`${code}\``), code)
  }
})

test('AC-8.1: the rule that decided is named, and what a sandbox may not know is not', async () => {
  const sandbox = await world.createSandbox({ network: { deny: ['*.denied.test'] }, from: ['127.0.0.0/8'] })
  const at = { ...place, inside: sandbox }
  const denied = await ask('api', { host: 'a.denied.test', headers: [] }, 'absolute-form', at)
  assert.equal((JSON.parse(denied.text) as Problem).rule, '*.denied.test')
  const hidden = await ask('named', { host: host('private') })
  assert.doesNotMatch(hidden.text, /10\.0\.0\.1|prohibited/)
})

test('AC-8.1: a refused HEAD has the fields of the refusal and no body, and the connection goes on', async () => {
  using connection = await openClientConnection(place.inside, host('api'))
  const refused = await connection.open({ method: 'HEAD', target: '/a/../b', headers: [bearer('api')] })
  assert.deepEqual([refused.statusCode, await text(refused)], [400, ''])
  assert.match(String(refused.headers['proxy-status']), /details="path_ambiguous"/)
  assert.ok(Number(refused.headers['content-length']) > 0)
  assert.equal((await connection.send({ target: '/json', headers: [bearer('api')] })).status, 200)
})

test('AC-8.1: an error of the service is passed through as it is', async () => {
  for (const status of [204, 304, 403, 407, 429, 500, 502, 503]) {
    const received = await ask('api', { target: `/status/${status}` })
    assert.deepEqual([received.status, received.code, received.headers['proxy-status']], [status, undefined, undefined])
    assert.equal(received.text, '')
    assert.equal(received.headers['content-security-policy'], undefined)
  }
})

test('AC-8.4: an unexpected error denied its request on every way in, was counted, and left a trace', async () => {
  const before = (await world.client.status()).faults
  const dials = origin.dials
  assert.equal(before, faults.length)
  // The names of routes lead to the first host of a secret.
  const ways = doorWays.filter(({ name }) => !['gateway path', 'root by key', 'virtual host'].includes(name))
  for (const { name } of ways) {
    assertProblem(await ask('named', { host: host('broken') }, name), 'internal')
  }
  assert.equal((await world.client.status()).faults, before + ways.length)
  assert.equal(faults.length, before + ways.length)
  assert.ok(faults.every((error) => error instanceof TypeError))
  assert.equal(origin.dials, dials)
})

test('AC-8.1: a journal that cannot be written is said in the same form', async () => {
  const directory = join(world.home, 'data', 'audit')
  rmSync(directory, { recursive: true })
  writeFileSync(directory, '')
  assertProblem(await ask('api'), 'audit_unavailable')
  rmSync(directory)
})
