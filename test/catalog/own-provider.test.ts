import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ProviderCreate, ProviderView } from '@coatcheck/contract'
import { type CoatcheckCommand, makeCoatcheckCommand } from '../fixtures/coatcheck-command.ts'
import { startOrigin } from '../fixtures/origin.ts'
import { repositoryRoot } from '../fixtures/source-files.ts'
import { createTlsRoot } from '../fixtures/tls-root.ts'
import type { VerifyingServer } from '../fixtures/verifying-server.ts'
import { openWorld, type World } from '../wire/world.ts'

const page = readFileSync(join(repositoryRoot, 'docs/providers.md'), 'utf8')
const example = /```yaml\n([\s\S]*?)```/.exec(page)![1]!
const host = 'api.acme.example'
const key = 'acme_live_RealRealRealRealRealReal'
const root = createTlsRoot()

let world: World
let origin: VerifyingServer
let coatcheck: CoatcheckCommand
before(async () => {
  origin = await startOrigin({ root, hosts: { [host]: [{ scheme: 'header', name: 'X-Api-Key', value: key }] } })
  world = await openWorld()
  coatcheck = makeCoatcheckCommand(world.home)
})
after(async () => {
  await world[Symbol.asyncDispose]()
  await origin.close()
})

/** The scopes that the provider gives, at an address on loopback. */
async function scopesHere() {
  const { scopes } = await world.client.providers.get('acme')
  const pin = { address: '127.0.0.1', port: origin.port }
  return scopes.map((scope) => ({ ...scope, pin, roots: root.certificate }))
}

test('AC-4.1: a service described in ten lines of YAML is brokered, and nothing is sent from an undeclared place', async () => {
  assert.ok(example.trim().split('\n').length <= 10, 'ten lines')
  const file = join(world.home, 'acme.yaml')
  writeFileSync(file, example)
  const applied = await coatcheck.json<ProviderView>(['provider', 'apply', file])
  assert.deepEqual([applied.id, applied.origin, applied.variables], ['acme', 'own', ['ACME_API_KEY']])

  await world.client.secrets.create({ name: 'acme', value: key, provider: 'acme', scopes: await scopesHere() })
  const inside = await world.createSandbox({ secrets: { ACME_API_KEY: 'acme' } })
  const placeholder = inside.placeholder('ACME_API_KEY')
  assert.match(placeholder, /^acme_live_coatcheck_/)
  const reply = await inside.send({ host, target: '/json', headers: [['X-Api-Key', placeholder]] })
  assert.equal(reply.status, 200, reply.text)
  const before = origin.requests.length
  const misplaced = await inside.send({ host, target: '/json', headers: [['Authorization', `Bearer ${placeholder}`]] })
  assert.equal(misplaced.code, 'placeholder_undeclared_place')
  assert.equal(origin.requests.length, before)
  await inside.end()
})

test('S5: a variable of an own provider finds it, and the value lives with the sandbox', async () => {
  const inside = await world.createSandbox({ credentials: { ACME_API_KEY: key } })
  const { grants } = inside.sandbox
  assert.deepEqual([grants[0]?.secret, grants[0]?.to], [null, [host, host]])
  await inside.end()
})

test('SEC-02: neither a change nor the end of a provider moves a secret that was made from it', async () => {
  const stored = (await world.client.secrets.get('acme')).scopes
  const moved: ProviderCreate = { id: 'acme', hosts: [{ host: 'evil.example', injectors: [{ kind: 'bearer' }] }] }
  await world.client.providers.apply(moved)
  assert.deepEqual((await world.client.secrets.get('acme')).scopes, stored)
  const { code, stdout } = await coatcheck.run(['provider', 'delete', 'acme'])
  assert.equal(code, 0)
  assert.match(stdout, /keep their scopes/)
  const kept = await world.client.secrets.get('acme')
  assert.deepEqual([kept.scopes, kept.provider], [stored, 'acme'])
  const inside = await world.createSandbox({ secrets: { ACME_API_KEY: 'acme' } })
  const reply = await inside.send({
    host,
    target: '/json',
    headers: [['X-Api-Key', inside.placeholder('ACME_API_KEY')]],
  })
  assert.equal(reply.status, 200, reply.text)
  await inside.end()
})

test('every change of a provider is in the journal', async () => {
  const told = (await world.events()).filter(({ event }) => event.kind.startsWith('provider.'))
  assert.deepEqual(
    told.map(({ event }) => [event.kind, event.subject]),
    [
      ['provider.applied', 'acme'],
      ['provider.applied', 'acme'],
      ['provider.deleted', 'acme'],
    ],
  )
})

for (const [what, text, code, reason] of [
  ['text that is no YAML', 'id: [', 2, /line 1/],
  ['a list', '- id: acme', 2, /list of fields/],
  ['no id', 'name: Acme', 2, /id: it is missing/],
  ['a key twice', 'id: acme\nid: two\n', 2, /line 2/],
  ['aliases', 'id: &a acme\nname: *a\n', 2, /aliases/],
  ['the id of a built-in provider', example.replace('id: acme', 'id: openai'), undefined, /catalog/],
  ['a variable of a built-in provider', example.replace('ACME_API_KEY', 'OPENAI_API_KEY'), undefined, /OPENAI_API_KEY/],
  ['a wildcard on a shared suffix', example.replace(host, '"*.vercel.app"'), undefined, /hosts\.0\.host/],
  ['an unknown injector', example.replace('kind: query', 'kind: magic'), undefined, /hosts\.0\.injectors\.1/],
  ['an unknown field', `${example}secret: sk_live_0123456789abcdef\n`, 2, /fields that do not exist/],
  ['a secret in place of the file', 'sk_live_0123456789abcdef', 2, /list of fields/],
] as const) {
  test(`AC-8.5: a description with ${what} is refused in one sentence, and repeats nothing of it`, async () => {
    const result = await coatcheck.run(['provider', 'apply', '-'], { stdin: text })
    assert.notEqual(result.code, 0)
    if (code !== undefined) assert.equal(result.code, code, result.stderr)
    assert.match(result.stderr, /^coatcheck: [^\n]+\n$/)
    assert.match(result.stderr, reason)
    assert.doesNotMatch(result.stderr, /sk_live_/)
    const { items } = await world.client.providers.list({ limit: 1000 })
    assert.ok(items.every(({ origin: from }) => from === 'built-in'))
  })
}

test('a provider that nobody knows is answered with the one that may have been meant', async () => {
  const result = await coatcheck.run(['provider', 'show', 'gitlap'])
  assert.equal(result.code, 3)
  assert.match(result.stderr, /gitlab/)
})

test('V3: a provider whose hosts differ from customer to customer takes the exact host, and no secret without it', async () => {
  const bare = await coatcheck.run(['secret', 'create', 'jira', '--provider', 'jira', '--value-stdin'], { stdin: key })
  assert.notEqual(bare.code, 0)
  assert.match(bare.stderr, /--to/)
  const to = ['--to', 'acme.atlassian.net']
  const create = ['secret', 'create', 'jira', '--provider', 'jira', ...to, '--value-stdin']
  const { scopes } = await coatcheck.json<ProviderView>(create, { stdin: key })
  assert.deepEqual(scopes, [{ to: 'acme.atlassian.net', inject: { kind: 'basic', as: 'password' } }])
})

test('provider list is a table by category, and provider show says where the secret goes', async () => {
  const list = await coatcheck.run(['provider', 'list'])
  assert.match(list.stdout, /^CATEGORY +ID +NAME +VARIABLES\ncloud /)
  assert.match(list.stdout, /\nllm /)
  const show = await coatcheck.run(['provider', 'show', 'github'])
  for (const part of [
    /api\.github\.com as bearer/,
    /github\.com as basic/,
    /GITHUB_TOKEN/,
    /DELETE \/repos/,
    /GH_HOST stays/,
    /https:\/\/docs\.github\.com/,
    /coatcheck secret create github --provider github\n/,
    /POST \/graphql with a mutation/,
    /service=git-receive-pack/,
  ]) {
    assert.match(show.stdout, part)
  }
})

test('provider list goes by category, variable and host, and provider show names the option that a host of one’s own needs', async () => {
  const list = async (...options: readonly string[]) =>
    (await coatcheck.json<readonly ProviderView[]>(['providers', 'list', ...options])).map(({ id }) => id)
  assert.deepEqual(await list('--variable', 'HF_TOKEN'), ['huggingface'])
  assert.deepEqual(await list('--host', 'api.stripe.com'), ['stripe'])
  assert.deepEqual(await list('--host', 'acme.myshopify.com'), ['shopify'])
  assert.deepEqual(await list('--host', 'myshopify.com'), [])
  assert.ok((await list('--category', 'payments')).includes('shopify'))
  assert.deepEqual(await list('--own'), [])
  const { stdout } = await coatcheck.run(['providers', 'show', 'jira'])
  assert.match(stdout, /secret create jira --provider jira --to YOURS\.atlassian\.net\n/)
})
