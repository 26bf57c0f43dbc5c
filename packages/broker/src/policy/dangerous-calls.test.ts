import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DangerousEndpoint, dangersElsewhere, providers } from '@coatcheck/catalog'
import { dangerClasses } from '@coatcheck/contract'
import { dangerousCalls, type ServiceCall } from './dangerous-calls.ts'

const call = (method: string, url: string, provider: string | null = null): ServiceCall => {
  const [, host = '', path = '', query = ''] = /^([^/]+)(\/[^?]*)(\?.*)?$/.exec(url) ?? []
  return { host, provider, method, path, query }
}
const rules = (...parts: Parameters<typeof call>): readonly string[] =>
  dangerousCalls(call(...parts), ['credentials']).map(({ rule }) => rule)

const entries: readonly (readonly [string, DangerousEndpoint])[] = [
  ...providers.flatMap(({ dangerous, hosts }) =>
    dangerous.flatMap((endpoint) =>
      (endpoint.host === undefined ? hosts.map(({ host }) => host) : [endpoint.host]).map(
        (host) => [host, endpoint] as const,
      ),
    ),
  ),
  ...dangersElsewhere.flatMap(({ hosts, endpoint }) => hosts.map((host) => [host, endpoint] as const)),
]

test('SEC-09: every entry of the catalog is found on each of its hosts, and below each of its suffixes', () => {
  assert.ok(entries.filter(([, endpoint]) => endpoint.class === 'credentials').length > 150)
  for (const [host, { method, path, query, class: kind }] of entries) {
    const sample = path.replaceAll('**', 'a/b').replaceAll('*', 'x')
    const parameters = query === undefined ? '' : `?${new URLSearchParams({ ...query })}`
    const url = host.replace('*.', 'acme.') + sample + parameters
    const found = dangerousCalls(call(method === '*' ? 'PATCH' : method, url), [kind])
    assert.ok(
      found.some(({ rule }) => rule === `${method} ${path}`),
      `${method} ${url}`,
    )
  }
})

const same: readonly (readonly [string, string, string])[] = [
  ['with a slash at its end', 'POST', 'api.github.com/app/installations/1/access_tokens/'],
  ['with letters of another case', 'POST', 'api.github.com/App/installations/1/ACCESS_TOKENS'],
  ['with an encoded slash', 'POST', 'api.github.com/app%2Finstallations/1/access_tokens'],
  ['with a parameter of a segment', 'POST', 'api.github.com/app/installations/1/access_tokens;v=1'],
  ['with an encoded parameter', 'POST', 'api.github.com/app/installations;x/1/access_tokens%3Bv'],
  ['with an id in parentheses', 'POST', "graph.microsoft.com/v1.0/applications(appId='1')/addPassword"],
  ['with the namespace of its name', 'POST', 'graph.microsoft.com/beta/applications/1/microsoft.graph.addPassword()'],
  ['with a format', 'POST', 'gitlab.com/api/v4/personal_access_tokens.json'],
  ['without its format', 'POST', 'api.twilio.com/2010-04-01/Accounts/x/Keys'],
  ['with an encoded project', 'POST', 'gitlab.com/api/v4/projects/team%2Fthing/access_tokens'],
  ['with a method that is said twice', '*', 'api.github.com/app/installations/1/access_tokens'],
  ['with a query', 'POST', 'api.github.com/app/installations/1/access_tokens?a=b'],
  ['by HEAD', 'HEAD', 'gitlab.com/jwt/auth'],
  ['on a regional host', 'POST', 'eu.api.openai.com/v1/realtime/client_secrets'],
  ['on a tenant’s host', 'POST', 'acme.grafana.net/api/serviceaccounts/1/tokens'],
  [
    'on a host of no provider',
    'POST',
    'iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a:generateAccessToken',
  ],
]
for (const [how, method, url] of same) {
  test(`SEC-09: what hands out a credential is found ${how}`, () => {
    assert.notDeepEqual(rules(method, url), [])
  })
}

const others: readonly (readonly [string, string, string])[] = [
  ['another method', 'GET', 'api.github.com/app/installations/1/access_tokens'],
  ['more path', 'POST', 'api.github.com/app/installations/1/access_tokens/x'],
  ['less path', 'POST', 'api.github.com/app/installations/access_tokens'],
  ['another host', 'POST', 'api.example.com/app/installations/1/access_tokens'],
  ['a host that ends alike', 'POST', 'notgitlab.com/api/v4/personal_access_tokens'],
  ['another call', 'POST', 'api.openai.com/v1/chat/completions'],
]
for (const [what, method, url] of others) {
  test(`${what} is another call`, () => {
    assert.deepEqual(rules(method, url), [])
  })
}

test('on a host of one’s own, the calls are those of the secret’s provider', () => {
  const url = 'git.acme.example/api/v4/personal_access_tokens'
  assert.deepEqual(rules('POST', url, 'gitlab'), ['POST /api/v4/personal_access_tokens'])
  assert.deepEqual(rules('POST', url, 'github'), [])
  assert.deepEqual(rules('POST', url, 'unheard-of'), [])
  assert.deepEqual(rules('POST', url), [])
})

test('only the classes that are asked for count, and parameters of the query are heeded', () => {
  const push = call('GET', 'github.com/a/b/info/refs?service=git-receive-pack')
  assert.deepEqual(dangerousCalls(push, ['credentials']), [])
  assert.equal(dangerousCalls(push, ['destructive']).length, 1)
  assert.equal(dangerousCalls(push, dangerClasses).length, 1)
  assert.deepEqual(dangerousCalls(push, []), [])
  assert.deepEqual(dangerousCalls(call('GET', 'github.com/a/b/info/refs?service=git-upload-pack'), ['destructive']), [])
})

const bodies: readonly (readonly [string, string, boolean])[] = [
  ['a mutation that makes a key', '{"query":"mutation { apiKeyCreate(input: {}) { success } }"}', true],
  ['an alias', '{"query":"mutation { x:apiKeyCreate { success } }"}', true],
  ['a stored query', '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"00"}}}', true],
  ['a longer word', '{"query":"mutation { myapiKeyCreateOther { success } }"}', false],
  ['another mutation', '{"query":"mutation { issueCreate(input: {}) { success } }"}', false],
]
for (const [what, body, isSaid] of bodies) {
  test(`SEC-09: whether it is a call of GraphQL, the body says: ${what}`, () => {
    const [found] = dangerousCalls(call('POST', 'api.linear.app/graphql'), ['credentials'])
    assert.equal(found?.saidIn?.(['', body]), isSaid)
  })
}

const batches: readonly (readonly [string, string, boolean])[] = [
  ['a call that makes a secret', '/applications/1/addPassword', true],
  ['the same in letters of another case', '/APPLICATIONS/1/ADDPASSWORD', true],
  ['the same with its namespace', "/applications(appId='1')/microsoft.graph.addPassword", true],
  ['a call that sets a password', '/users/1/authentication/methods/2/resetPassword', true],
  ['another call', '/me/messages', false],
]
for (const [what, url, isSaid] of batches) {
  test(`SEC-09: whether a batch of Microsoft Graph holds it, the body says: ${what}`, () => {
    const [found] = dangerousCalls(call('POST', 'graph.microsoft.com/v1.0/$batch'), ['credentials'])
    assert.equal(found?.saidIn?.(['', JSON.stringify({ requests: [{ id: '1', method: 'POST', url }] })]), isSaid)
  })
}

const pulls = [
  'scope=repository:acme/shop:pull&service=registry.docker.io',
  'account=ann&client_id=docker&scope=repository%3Alibrary%2Fnode%3Apull&service=registry.docker.io',
  'scope=repository:acme/shop:pull&scope=repository:acme/other:pull&service=registry.docker.io',
  'service=registry.docker.io',
  '',
]
const more = [
  'scope=repository:acme/shop:pull,push',
  'scope=repository:acme/shop:*',
  'scope=repository:acme/shop:delete',
  'scope=repository:acme/shop:pull&scope=repository:acme/shop:push',
  'scope=repository:acme/shop:pull%20repository:acme/shop:push',
  'scope=repository:acme/shop:pull;scope=repository:acme/shop:push',
  'scope=repository:acme/shop:pull%0A',
  'scope=repository(plugin):acme/shop:pull',
  'scope=registry:catalog:*',
  'Scope=repository:acme/shop:pull',
  'offline_token=true',
  'access_type=offline',
  'service=other.example',
  'grant_type=refresh_token',
]
const tokenOf = (method: string, query: string): readonly string[] =>
  rules(method, `auth.docker.io/token${query === '' ? '' : `?${query}`}`)

test('SEC-09: a token of Docker Hub that is good for pulling alone is no such call, by GET', () => {
  for (const query of pulls) {
    assert.deepEqual(tokenOf('GET', query), [], query)
    assert.deepEqual(tokenOf('HEAD', query), [], query)
    for (const method of ['POST', 'PUT', '*']) assert.deepEqual(tokenOf(method, query), ['* /token'], query)
  }
})

for (const query of more) {
  test(`SEC-09: a token of Docker Hub that is good for more is one: ${query}`, () => {
    assert.deepEqual(tokenOf('GET', query), ['* /token'])
    assert.deepEqual(tokenOf('GET', `${pulls[0]}&${query}`), ['* /token'])
  })
}

test('a member of JSON is found with its value, and with no other', () => {
  const [found] = dangerousCalls(call('PATCH', 'api.github.com/repos/a/b'), ['exfil'])
  assert.equal(found?.saidIn?.(['{"name":"x","private" : false}']), true)
  assert.equal(found?.saidIn?.(['{"name":"x","private" : true}']), false)
})

test('N10: the call by which a key is tried is refused with no key', () => {
  const probes = providers.flatMap(({ id, probe }) =>
    probe === null ? [] : [probe, ...(probe.others ?? [])].map((each) => ({ id, probe: each })),
  )
  for (const { id, probe } of probes) {
    const found = dangerousCalls(call(probe.method, probe.host.replace('*', 'acme') + probe.path, id), ['credentials'])
    // Where the body says which call it is, that of a probe says another one.
    assert.deepEqual(
      found.filter(({ saidIn }) => saidIn === undefined || saidIn([JSON.stringify(probe)])).map(({ rule }) => rule),
      [],
      id,
    )
  }
})
