import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { ConfigDefinition, ConfigEntry, ConfigReport, Problem } from '@coatcheck/contract'
import { systemClock } from '../../foundation/clock.ts'
import { sourceFailure } from '../../sources/source.ts'
import { SourceValues } from '../../sources/source-values.ts'
import { SecretValue } from '../../vault/secret-value.ts'
import { createAdminApp } from '../app.ts'
import { type FakeServices, fakeServices } from '../fake-services.suite.ts'

const canary = 'sk_live_CaNaRy0123456789abcdef'
const rules = { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: ['/v1/charges'] }] } as const
const scopes = [{ to: 'api.example.com', inject: { kind: 'bearer' } }] as const
const caps = [{ unit: 'requests', limit: 100, window: 'day' }] as const
const whole: ConfigDefinition = {
  secrets: { stripe: { rules, caps }, sourced: { sourceName: 'team', scopes, rotationDays: 30 } },
  rules,
  caps,
  profiles: { till: { secrets: { KEY: 'sourced' }, ttlSeconds: 600 } },
}

let services: FakeServices
let app: ReturnType<typeof createAdminApp>
let fetches = 0
let sourceFails = false
beforeEach(async () => {
  const made = fakeServices()
  fetches = 0
  sourceFails = false
  const sources = new SourceValues({
    configured: [
      {
        name: 'team',
        project: 'default',
        source: {
          kind: 'exec',
          mayChange: true,
          async read() {
            fetches++
            if (sourceFails) throw sourceFailure('down')
            return { value: new SecretValue(Buffer.from(`${canary}-sourced`)) }
          },
        },
        to: [{ to: 'api.example.com' }],
        freshForMs: 60_000,
        maxAgeMs: 60_000,
        timeoutMs: 1_000,
      },
    ],
    clock: systemClock,
    keyRing: { locked: false, onLock() {}, requireUnlocked() {} },
    vault: () => ({ find: (id) => made.vault.find(id), follow: (id) => made.vault.find(id)! }),
    check() {},
    onRotated: () => Promise.resolve(),
  })
  services = { ...made, sources }
  app = createAdminApp(services)
  const stored = { name: 'stripe', value: canary, scopes }
  const headers = { 'content-type': 'application/json' }
  const reply = await app.request('/v1/secrets', { method: 'POST', headers, body: JSON.stringify(stored) })
  assert.equal(reply.status, 201)
  services.auditLog.events.length = 0
})

async function put(config: unknown, query = ''): Promise<{ status: number; body: ConfigReport & Problem }> {
  const headers = { 'content-type': 'application/json' }
  const reply = await app.request(`/v1/config${query}`, { method: 'PUT', headers, body: JSON.stringify(config) })
  const text = await reply.text()
  assert.ok(!text.includes(canary), 'a value is repeated')
  return { status: reply.status, body: JSON.parse(text) }
}

const kinds = () => services.auditLog.events.map(({ kind }) => kind)
const named = (entries: readonly ConfigEntry[]) => entries.map(({ kind, name }) => `${kind} ${name}`)

/** Nothing of `whole` has come into being. */
function assertUntouched(): void {
  assert.deepEqual(kinds(), [])
  assert.deepEqual(
    services.vault.list('default', 10, null).map(({ name, rules: list }) => [name, list]),
    [['stripe', undefined]],
  )
  assert.equal(services.rules.find('default'), undefined)
  assert.deepEqual(
    services.profiles.list('default', 10, null).filter(({ origin }) => origin === 'own'),
    [],
  )
}

test('N6: a configuration makes and changes what it names, and a second one like it nothing', async () => {
  const first = await put(whole)
  assert.equal(first.status, 200, JSON.stringify(first.body))
  assert.deepEqual(named(first.body.created), ['secret sourced', 'rules project', 'caps project', 'profile till'])
  assert.deepEqual(named(first.body.changed), ['secret stripe'])
  assert.deepEqual([first.body.unchanged, first.body.undeclared, first.body.dryRun], [[], [], false])
  assert.deepEqual(services.vault.get('default', 'stripe').rules, rules)
  const { source, rotationDays } = services.vault.get('default', 'sourced')
  assert.deepEqual([source, rotationDays], ['team', 30])
  assert.deepEqual(services.rules.find('default'), rules)
  assert.deepEqual(services.profiles.get('default', 'till').secrets, { KEY: 'sourced' })
  assert.deepEqual(kinds(), [
    ...['config.applied', 'secret.rescoped', 'caps.set', 'rules.changed', 'caps.set'],
    ...['secret.created', 'profile.applied'],
  ])
  assert.match(services.auditLog.events[0]?.note ?? '', /^sha256 [0-9a-f]{64}: 4 new, 1 changed$/)
  assert.ok(services.auditLog.events[0]?.note?.includes(first.body.sha256))

  services.auditLog.events.length = 0
  const turned = Object.fromEntries(Object.entries(whole).reverse())
  const second = await put(turned)
  assert.deepEqual([second.body.created, second.body.changed, kinds()], [[], [], []])
  assert.equal(second.body.unchanged.length, 5)
  assert.equal(second.body.sha256, first.body.sha256, 'the order of members is no part of it')
})

test('N6: a dry run says the same, changes nothing, records nothing and asks no source', async () => {
  for (const query of ['?dryRun', '?dryRun=true']) {
    const { body, status } = await put(whole, query)
    assert.deepEqual([status, body.dryRun, body.created.length, body.changed.length], [200, true, 4, 1])
    assertUntouched()
  }
  assert.equal(fetches, 0)
  for (const query of ['?dryRun=maybe', '?dryrun=true', '?dryRun=true&dryRun=false']) {
    assert.equal((await put(whole, query)).status, 400, query)
    assertUntouched()
  }
})

test('N6: what a configuration does not name stays, and is listed', async () => {
  await put(whole)
  const { body } = await put({ caps: [] })
  assert.deepEqual(named(body.changed), ['caps project'])
  assert.deepEqual(named(body.undeclared), ['secret sourced', 'secret stripe', 'rules project', 'profile till'])
  assert.deepEqual(services.rules.find('default'), rules)
  assert.equal((await put({ rules: null })).body.changed[0]?.kind, 'rules')
  assert.equal(services.rules.find('default'), undefined)
})

test('SEC-06: a configuration neither holds a value nor describes a source', async () => {
  const refused: readonly (readonly [object, string])[] = [
    [{ sourced: { source: { exec: ['cat', '/etc/shadow'] }, scopes } }, 'source_forbidden'],
    [{ sourced: { value: { file: '/etc/shadow' }, scopes } }, 'source_forbidden'],
    [{ sourced: { value: canary, scopes } }, 'request_invalid'],
    [{ [canary]: { scopes } }, 'secret_not_found'],
    [{ sourced: { sourceName: canary, scopes } }, 'source_forbidden'],
    [{ sourced: { sourceName: 'team', scopes: [{ ...scopes[0], to: 'evil.example' }] } }, 'source_forbidden'],
  ]
  for (const [secrets, code] of refused) {
    for (const query of ['', '?dryRun']) {
      const { body } = await put({ ...whole, profiles: {}, secrets: { stripe: { rules }, ...secrets } }, query)
      assert.equal(body.code, code, JSON.stringify(Object.values(secrets)))
      assertUntouched()
    }
  }
  assert.equal(fetches, 0)
})

test('N6, SEC-02: one fault anywhere, and nothing of a configuration comes into force', async () => {
  const wider = [...scopes, { to: 'evil.example', inject: { kind: 'bearer' } }]
  const refused: readonly (readonly [ConfigDefinition, string])[] = [
    [{ secrets: { ...whole.secrets, stripe: { scopes: wider } } }, 'value_required'],
    [{ secrets: { ...whole.secrets, stripe: { provider: 'github' } } }, 'request_invalid'],
    [{ secrets: { ...whole.secrets, stripe: { sourceName: 'team' } } }, 'request_invalid'],
    [{ secrets: { ...whole.secrets, stripe: { rotationDays: 7 } } }, 'request_invalid'],
    [
      { rules: { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: ['/a['], when: '((' }] } },
      'rule_invalid',
    ],
    [{ caps: [{ unit: 'requests', limit: -1, window: 'day' }] }, 'request_invalid'],
    [{ profiles: { open: {} } }, 'profile_built_in'],
    [{ profiles: { till: { secrets: { KEY: 'nobody' } } } }, 'secret_not_found'],
    [
      { profiles: { till: { secrets: { KEY: 'sourced' }, network: { deny: ['api.example.com'] } } } },
      'secret_unreachable',
    ],
  ]
  for (const [part, code] of refused) {
    const { body } = await put({ ...whole, ...part })
    assert.equal(body.code, code, JSON.stringify(part))
    assertUntouched()
  }
  assert.equal((await put({ ...whole, sandboxes: {} })).body.code, 'request_invalid')
  sourceFails = true
  assert.equal((await put(whole)).body.code, 'source_unavailable')
  assertUntouched()
})

test('SEC-02: rules of a secret are narrowed by a configuration, and never widened or taken away', async () => {
  await put({ secrets: { stripe: { rules } } })
  for (const list of [null, { default: 'allow', rules: [] }, { ...rules, dryRun: true }]) {
    assert.equal((await put({ secrets: { stripe: { rules: list } } })).body.code, 'value_required')
  }
  assert.deepEqual(services.vault.get('default', 'stripe').rules, rules)
})

test('N6: without keys or a journal no configuration comes into force', async () => {
  services.auditLog.full = true
  assert.equal((await put(whole)).body.code, 'audit_unavailable')
  assertUntouched()
  services.auditLog.full = false
  services.vault.lock()
  for (const query of ['', '?dryRun']) assert.equal((await put(whole, query)).body.code, 'vault_locked')
  assertUntouched()
})
