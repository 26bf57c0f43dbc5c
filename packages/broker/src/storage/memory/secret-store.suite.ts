import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { newIdentifier } from '../../foundation/identifier.ts'
import type { Secret } from '../../vault/secret.ts'
import type { SealedVersion, SecretStore, WrappedKey } from '../../vault/secret-store.ts'

/** Metadata of a new secret. */
export function sampleSecret(overrides: Partial<Secret> = {}): Secret {
  return {
    id: newIdentifier('sec'),
    project: 'default',
    name: 'stripe',
    provider: 'stripe',
    shape: null,
    scopes: [{ to: 'api.stripe.com', inject: { kind: 'bearer' }, pin: { address: '127.0.0.1', port: 8443 } }],
    version: 1,
    weak: false,
    rotationDays: null,
    createdAt: '2026-11-22T10:00:00.000Z',
    rotatedAt: '2026-11-22T10:00:00.000Z',
    ...overrides,
  }
}

/** A wrapped key of random bytes. */
export function sampleKey(): WrappedKey {
  return { keyId: 'k1', nonce: randomBytes(12), ciphertext: randomBytes(48), share: randomBytes(32) }
}

/** A version of random bytes. */
export function sampleVersion(secretId: string, version: number): SealedVersion {
  return { secretId, version, nonce: randomBytes(12), ciphertext: randomBytes(64) }
}

/** What every secret store must do. */
export function testSecretStore(name: string, make: (context: TestContext) => SecretStore): void {
  test(`${name}: what was created is found by name and by id, with its key and version`, (context) => {
    const store = make(context)
    const [secret, key] = [sampleSecret({ rotationDays: 30, shape: 'sk_live' }), sampleKey()]
    const version = sampleVersion(secret.id, 1)
    store.create(secret, key, version)
    assert.deepEqual(store.findByName('default', 'stripe'), secret)
    assert.deepEqual(store.findById(secret.id), secret)
    assert.equal(store.identify('default', 'stripe'), secret.id)
    const [keptKey, keptVersion] = [store.readKey(secret.id), store.readVersion(secret.id, 1)]
    assert.deepEqual(keptKey && plain(keptKey), plain(key))
    assert.deepEqual(keptVersion && plain(keptVersion), plain(version))
  })

  test(`${name}: of a secret with a source, a new version takes the place of the one before`, (context) => {
    const store = make(context)
    const [secret, key] = [sampleSecret({ source: 'from-exec' }), sampleKey()]
    store.create(secret, key, sampleVersion(secret.id, 1))
    assert.deepEqual(store.findById(secret.id), secret)
    store.update(secret, { ...secret, version: 2 }, sampleVersion(secret.id, 2))
    assert.equal(store.readVersion(secret.id, 1), undefined)
    assert.notEqual(store.readVersion(secret.id, 2), undefined)
  })

  test(`${name}: what does not exist is undefined`, (context) => {
    const store = make(context)
    assert.equal(store.findByName('default', 'stripe'), undefined)
    assert.equal(store.findById('sec_none'), undefined)
    assert.equal(store.identify('default', 'stripe'), undefined)
    assert.equal(store.readKey('sec_none'), undefined)
    assert.equal(store.readVersion('sec_none', 1), undefined)
    assert.equal(store.lastUsedAt('sec_none'), null)
    store.erase('sec_none')
  })

  test(`${name}: a name is taken once in a project, and free in another`, (context) => {
    const store = make(context)
    add(store, sampleSecret())
    assert.throws(() => add(store, sampleSecret()), { code: 'secret_exists' })
    add(store, sampleSecret({ project: 'other' }))
    assert.equal(store.list('default', 10, null).length, 1)
  })

  test(`${name}: an update replaces the metadata and adds the version`, (context) => {
    const store = make(context)
    const before = sampleSecret()
    add(store, before)
    const after = { ...before, version: 2, scopes: [], rotatedAt: '2026-11-23T10:00:00.000Z' }
    store.update(before, after, sampleVersion(before.id, 2))
    assert.deepEqual(store.findById(before.id), after)
    assert.ok(store.readVersion(before.id, 2))
    assert.equal(store.readVersion(before.id, 3), undefined)
    assert.ok(store.readVersion(before.id, 1))
    store.update(after, { ...after, version: 3 }, sampleVersion(before.id, 3), [1])
    assert.deepEqual(
      [1, 2, 3].map((version) => store.readVersion(before.id, version)?.version),
      [undefined, 2, 3],
    )
    store.update({ ...after, version: 3 }, { ...after, version: 4 }, sampleVersion(before.id, 4), [0, 7])
  })

  test(`${name}: an update of what changed meanwhile is refused`, (context) => {
    const store = make(context)
    const before = sampleSecret()
    add(store, before)
    store.update(before, { ...before, scopes: [] })
    assert.throws(() => store.update(before, { ...before, rotationDays: 1 }), { code: 'secret_changed' })
    assert.deepEqual(store.findById(before.id)?.scopes, [])
    const unknown = sampleSecret({ id: 'sec_none' })
    assert.throws(() => store.update(unknown, unknown), { code: 'secret_not_found' })
  })

  test(`${name}: nothing of an erased secret is left, and its name is free`, (context) => {
    const store = make(context)
    const secret = sampleSecret()
    add(store, secret)
    store.touch(secret.id, '2026-11-22T11:00:00.000Z')
    store.erase(secret.id)
    assert.equal(store.findById(secret.id), undefined)
    assert.equal(store.readKey(secret.id), undefined)
    assert.equal(store.readVersion(secret.id, 1), undefined)
    assert.equal(store.lastUsedAt(secret.id), null)
    add(store, sampleSecret())
  })

  test(`${name}: lists one project in the order of names, page by page`, (context) => {
    const store = make(context)
    for (const each of ['b', 'a', 'c', 'B']) add(store, sampleSecret({ name: each }))
    add(store, sampleSecret({ name: 'x', project: 'other' }))
    const names = (limit: number, cursor: string | null) =>
      store.list('default', limit, cursor).map((secret) => secret.name)
    assert.deepEqual(names(10, null), ['B', 'a', 'b', 'c'])
    assert.deepEqual(names(2, null), ['B', 'a'])
    assert.deepEqual(names(2, 'a'), ['b', 'c'])
    assert.deepEqual(names(2, 'c'), [])
  })

  test(`${name}: remembers when a secret was used last`, (context) => {
    const store = make(context)
    const secret = sampleSecret()
    add(store, secret)
    assert.equal(store.lastUsedAt(secret.id), null)
    store.touch(secret.id, '2026-11-22T11:00:00.000Z')
    store.touch(secret.id, '2026-11-22T12:00:00.000Z')
    assert.equal(store.lastUsedAt(secret.id), '2026-11-22T12:00:00.000Z')
  })
}

function add(store: SecretStore, secret: Secret): void {
  store.create(secret, sampleKey(), sampleVersion(secret.id, 1))
}

/** Bytes as text, because one store gives a Buffer and another one a Uint8Array. */
function plain(record: WrappedKey | SealedVersion): object {
  const fields: [string, unknown][] = Object.entries(record)
  return Object.fromEntries(
    fields.map(([name, value]) => [name, value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value]),
  )
}
