import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Explanation, Scope } from '@coatcheck/contract'
import { makeCanary } from '../fixtures/canary.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { type Asking, type Place, sendBy, waysIn } from './ways-in.ts'
import { openWorld, type World } from './world.ts'

const api = 'api.service.test'
const open = 'open.service.test'
const denied = 'denied.service.test'
const key = makeCanary('sk-live-')
const root = createTlsRoot()

let origin: VerifyingServer
let world: World
let place: Place

before(async () => {
  const hosts = {
    [api]: [{ scheme: 'bearer', value: key.value }] as const,
    [denied]: 'public',
    [open]: 'public',
  } as const
  origin = await startOrigin({ root, hosts })
  world = await openWorld({
    settings: {
      proxy: { listen: { host: '127.0.0.1', port: 0 } },
      upstreamProxy: 'http://user:hidden@proxy.test:3128',
    },
  })
  const pin = { address: '127.0.0.1', port: origin.port }
  const scope = (to: string, rest: Partial<Scope> = {}): Scope => ({
    to,
    inject: { kind: 'bearer' },
    pin,
    roots: root.certificate,
    ...rest,
  })
  await world.client.secrets.create({ name: 'api', value: key.value, scopes: [scope(`${api}/json`), scope(api)] })
  await world.client.secrets.create({ name: 'denied', value: makeCanary('sk-live-').value, scopes: [scope(denied)] })
  const always = scope('always.service.test', { attach: 'always', foreign: 'replace' })
  await world.client.secrets.create({ name: 'always', value: makeCanary('sk-live-').value, scopes: [always] })
  const inside = await world.createSandbox({
    name: 'explained',
    secrets: { API_KEY: 'api', DENIED_KEY: 'denied', ALWAYS_KEY: 'always' },
    network: { allow: ['plain.service.test', { to: open, pin }] },
    from: ['127.0.0.0/8'],
  })
  await world.client.sandboxes.update(inside.sandbox.id, { network: { deny: [denied] } })
  place = { proxyUrl: world.broker.proxyUrl!, inside }
})

after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

const explain = (
  method: string,
  url: string,
  headers: readonly (readonly [string, string])[] = [],
  sandbox = 'explained',
) => world.client.explain({ sandbox, method, url, headers: headers.map(([name, value]) => ({ name, value })) })

function codeOf({ verdict }: Explanation): string {
  return verdict.outcome === 'refused' ? verdict.code : verdict.outcome
}

const bearer = ['Authorization', 'Bearer $API_KEY'] as const
const requests: readonly [what: string, code: string, asking: Partial<Asking>][] = [
  ['a request with its placeholder', 'injected', { target: '/json', headers: [bearer] }],
  ['a request without any credential', 'forwarded', { target: '/status/200' }],
  ['a foreign credential', 'foreign_credential', { target: '/json', headers: [['X-Api-Key', 'somebody-elses-key']] }],
  ['a placeholder in another place', 'placeholder_undeclared_place', { headers: [['X-Note', '$API_KEY']] }],
  [
    'a placeholder of another host',
    'placeholder_wrong_destination',
    { headers: [['Authorization', 'Bearer $DENIED_KEY']] },
  ],
  ['a path with two readings', 'path_ambiguous', { target: '/v1/%2e%2e/json', headers: [bearer] }],
  ['a reflecting method', 'method_refused', { method: 'TRACE', headers: [bearer] }],
  ['a method that may be reflected', 'method_not_injectable', { method: 'OPTIONS', headers: [bearer] }],
  [
    'a denied host',
    'destination_denied',
    { host: denied, secret: 'denied', headers: [['Authorization', 'Bearer $DENIED_KEY']] },
  ],
  ['a host that nobody allows', 'destination_denied', { host: 'other.service.test' }],
  ['an upgrade', 'upgrade_refused', { headers: [['Upgrade', 'websocket']] }],
  ['another Host field', 'destination_mismatch', { headers: [['Host', 'other.service.test']] }],
]

for (const [what, code, rest] of requests) {
  test(`AC-8.2: the explanation of ${what} is what then happens to it`, async () => {
    const asking = { host: api, secret: 'api', target: '/', ...rest }
    const explanation = await explain(asking.method ?? 'GET', `https://${asking.host}${asking.target}`, asking.headers)
    assert.equal(codeOf(explanation), code)
    if (asking.headers?.some(([name]) => name === 'Host')) return
    const headers = asking.headers?.map(([name, value]) => {
      return [name, value.replace(/\$(\w+)/, (_, env: string) => place.inside.placeholder(env))] as const
    })
    const way = waysIn.find(({ name }) => name === 'absolute-form')!
    const received = await sendBy(way, place, { ...asking, ...(headers && { headers }) })
    const outcome = code === 'injected' || code === 'forwarded' ? undefined : code
    assert.equal(received.code, outcome)
    if (explanation.verdict.outcome !== 'refused') return
    const { detail, remedy } = explanation.verdict
    const problem = JSON.parse(received.text) as { detail: string; remedy: string }
    assert.deepEqual({ detail, remedy }, { detail: problem.detail, remedy: problem.remedy })
  })
}

test('AC-8.2: it names the scope, the injector, the place and the way to the service', async () => {
  const { destination, path, network, grants, verdict, dial } = await explain(
    'GET',
    `HTTPS://API.Service.test:443/js%6fn#top`,
    [bearer],
  )
  assert.deepEqual({ destination, path }, { destination: `https://${api}`, path: '/json' })
  assert.deepEqual(network, { effect: 'inspect', rule: `${api}/json` })
  const first = grants.find(({ env }) => env === 'API_KEY')
  assert.deepEqual(
    { ...first, scopes: first?.scopes.map(({ to, differs, place, stands }) => ({ to, differs, place, stands })) },
    {
      env: 'API_KEY',
      secret: 'api',
      status: 'active',
      scopes: [
        { to: `${api}/json`, differs: [], place: 'Authorization: Bearer <API_KEY>', stands: true },
        { to: api, differs: [], place: 'Authorization: Bearer <API_KEY>', stands: true },
      ],
    },
  )
  assert.equal(verdict.outcome, 'injected')
  const pin = { address: '127.0.0.1', port: origin.port }
  assert.deepEqual(dial, {
    transport: 'tls',
    host: api,
    port: 443,
    pin,
    allowPrivate: false,
    ownRoots: true,
    proxy: null,
  })
})

test('AC-8.2: it says what becomes of the response, and what it cannot try', async () => {
  const pin = { address: '127.0.0.1', port: origin.port }
  const scopes: readonly Scope[] = [
    { to: 'keys.service.test', inject: { kind: 'bearer' }, cookies: 'pass', newKeys: 'block', pin },
    { to: 'echo.service.test', inject: { kind: 'query', name: 'key' }, pin },
  ]
  await world.client.secrets.create({ name: 'replies', provider: 'github', value: key.value, scopes })
  const pair = JSON.stringify({ accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'x'.repeat(40) })
  const signed: Scope = { to: 's3.service.test', inject: { kind: 'sigv4' }, pin }
  await world.client.secrets.create({ name: 'signed', value: pair, scopes: [signed] })
  await world.createSandbox({ name: 'replies', secrets: { TOKEN: 'replies', PAIR: 'signed' } })
  const replyOf = async (host: string) => {
    const { grants, notes } = await explain('GET', `https://${host}/`, [], 'replies')
    const scope = grants.flatMap((grant) => grant.scopes).find(({ to }) => to === host)
    return { reply: [scope?.cookies, scope?.uninspected, scope?.newKeys], notes: notes.join() }
  }
  assert.deepEqual((await replyOf('keys.service.test')).reply, ['pass', 'pass', 'block'])
  const echoed = await replyOf('echo.service.test')
  assert.deepEqual([echoed.reply, /signs/.test(echoed.notes)], [['drop', 'block', 'mask'], false])
  assert.match((await replyOf('s3.service.test')).notes, /signs with \$PAIR.*is not tried here/)
  const plain = await explain('GET', `https://${api}/json`)
  assert.equal(plain.grants.find(({ env }) => env === 'API_KEY')?.scopes[0]?.newKeys, null)
})

test('AC-8.2: for a scope that does not cover the request it says what differs', async () => {
  const scopesOf = async (url: string) =>
    (await explain('GET', url)).grants.find(({ env }) => env === 'API_KEY')!.scopes.map(({ differs }) => differs)
  assert.deepEqual(await scopesOf('https://other.test/'), [['host'], ['host']])
  assert.deepEqual(await scopesOf(`http://${api}/`), [['scheme'], ['scheme']])
  assert.deepEqual(await scopesOf(`https://${api}:8443/`), [['port'], ['port']])
  assert.deepEqual(await scopesOf(`https://${api}/elsewhere`), [['path'], []])
})

test('it tells a tunnel, the operator’s proxy without its password, and the broker’s own name', async () => {
  const tunnel = await explain('GET', 'https://plain.service.test/')
  assert.equal(codeOf(tunnel), 'tunnelled')
  assert.equal(tunnel.dial?.proxy, 'proxy.test:3128')
  assert.match(tunnel.notes.join(), /does not look into a tunnel/)
  assert.doesNotMatch(JSON.stringify(tunnel), /hidden/)
  assert.equal(codeOf(await explain('GET', 'http://coatcheck.internal/self')), 'answered')
})

test('it says what a secret that is attached always does, with and without a credential of others', async () => {
  const url = 'https://always.service.test/'
  const bare = (await explain('GET', url)).verdict
  assert.ok(bare.outcome === 'injected' && bare.attachments[0]?.attach === 'always')
  assert.equal(codeOf(await explain('GET', url, [['X-Api-Key', 'mine']])), 'injected')
  assert.equal(codeOf(await explain('GET', url, [['Origin', 'https://page.test']])), 'attach_refused')
})

test('an address in the place of a name, and a URL of another kind, are told apart', async () => {
  const address = await explain('GET', 'https://192.0.2.1/')
  assert.deepEqual([codeOf(address), address.destination, address.dial], ['destination_denied', null, null])
  await assert.rejects(explain('GET', 'ftp://api.service.test/'), { code: 'request_invalid' })
  await assert.rejects(explain('GET', `https://${api}/`, [], 'nobody'), { code: 'sandbox_not_found' })
})

test('nothing is recorded, revealed or sent, and no placeholder or value is in the reply', async () => {
  const before = { events: (await world.events()).length, requests: origin.requests.length }
  const used = (await world.client.secrets.get('api')).lastUsedAt
  const explanation = await explain('GET', `https://${api}/json/$API_KEY`, [bearer])
  assert.equal(explanation.path, '/json/$API_KEY')
  const text = JSON.stringify(explanation)
  assert.ok(!text.includes(place.inside.placeholder('API_KEY')) && !text.includes(key.value))
  assert.deepEqual({ events: (await world.events()).length, requests: origin.requests.length }, before)
  assert.equal((await world.client.secrets.get('api')).lastUsedAt, used)
})

test('AC-8.2: a sandbox that has ended is explained with the grants that ended with it', async () => {
  const ended = await world.createSandbox({ name: 'over', secrets: { API_KEY: 'api' } })
  await ended.end()
  const explanation = await explain('GET', `https://${api}/json`, [bearer], 'over')
  assert.deepEqual([explanation.sandbox.status, codeOf(explanation)], ['ended', 'sandbox_expired'])
  assert.deepEqual(explanation.network, { effect: 'inspect', rule: `${api}/json` })
  const [grant] = explanation.grants
  assert.deepEqual([grant?.status, grant?.scopes[0]?.stands], ['ended', true])
})

test('a detached variable is named, and what it stood for is not', async () => {
  const sandbox = await world.createSandbox({ name: 'detached', secrets: { API_KEY: 'api' } })
  await world.client.sandboxes.detach(sandbox.sandbox.id, 'API_KEY')
  const { grants, notes } = await explain('GET', `https://${api}/json`, [bearer], 'detached')
  assert.deepEqual(grants, [{ env: 'API_KEY', secret: null, status: 'ended', scopes: [] }])
  assert.match(notes.join('\n'), /No grant of this sandbox is in \$API_KEY/)
  assert.match(notes.join('\n'), /cannot resolve it/)
})
