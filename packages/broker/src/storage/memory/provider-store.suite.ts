import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { ProviderStore, StoredProvider } from '../../providers/provider-store.ts'

/** A stored provider with one host. */
export function sampleProvider(id = 'acme', project = 'default'): StoredProvider {
  return {
    project,
    definition: {
      id,
      variables: ['ACME_API_KEY'],
      hosts: [{ host: 'api.acme.example', injectors: [{ kind: 'header', name: 'X-Api-Key' }] }],
    },
    createdAt: '2026-11-22T10:00:00.000Z',
  }
}

/** What every provider store must do. */
export function testProviderStore(name: string, make: (context: TestContext) => ProviderStore): void {
  test(`${name}: an own provider is found as it was stored, in its project only`, (context) => {
    const store = make(context)
    store.create(sampleProvider())
    assert.deepEqual(store.find('default', 'acme'), sampleProvider())
    assert.equal(store.find('other', 'acme'), undefined)
    assert.equal(store.find('default', 'acm'), undefined)
  })

  test(`${name}: an id is taken once in a project, and free in another`, (context) => {
    const store = make(context)
    store.create(sampleProvider())
    assert.throws(() => store.create(sampleProvider()), { code: 'provider_exists' })
    store.create(sampleProvider('acme', 'other'))
    assert.equal(store.list('default', 10, null).length, 1)
  })

  test(`${name}: replacing takes the place of what was there, or of nothing`, (context) => {
    const store = make(context)
    store.replace(sampleProvider())
    const later = { ...sampleProvider(), createdAt: '2026-11-23T10:00:00.000Z' }
    store.replace(later)
    assert.deepEqual(store.find('default', 'acme'), later)
    assert.deepEqual(store.list('default', 10, null), [later])
  })

  test(`${name}: what was deleted is gone, and deleting what is not there changes nothing`, (context) => {
    const store = make(context)
    store.create(sampleProvider())
    store.delete('other', 'acme')
    store.delete('default', 'none')
    assert.ok(store.find('default', 'acme'))
    store.delete('default', 'acme')
    assert.equal(store.find('default', 'acme'), undefined)
    store.create(sampleProvider())
  })

  test(`${name}: lists one project in the order of ids, page by page`, (context) => {
    const store = make(context)
    for (const id of ['b', 'a', 'c']) store.create(sampleProvider(id))
    store.create(sampleProvider('d', 'other'))
    const ids = (limit: number, cursor: string | null) =>
      store.list('default', limit, cursor).map(({ definition }) => definition.id)
    assert.deepEqual(ids(10, null), ['a', 'b', 'c'])
    assert.deepEqual(ids(1, 'a'), ['b'])
    assert.deepEqual(ids(10, 'c'), [])
  })
}
