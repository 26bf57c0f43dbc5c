import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { newIdentifier } from '../../foundation/identifier.ts'
import type { Decoy } from '../../sandbox/decoy.ts'
import type { DecoyStore } from '../../sandbox/decoy-store.ts'

/** A decoy that looks like a key of Stripe. */
export function sampleDecoy(overrides: Partial<Decoy> = {}): Decoy {
  const id = newIdentifier('dcy')
  return {
    id,
    project: 'default',
    name: 'wiki page',
    provider: 'stripe',
    placeholderIndex: `index of ${id}`,
    placeholderSealed: 'sealed',
    createdAt: '2026-11-22T10:00:00.000Z',
    ...overrides,
  }
}

/** What every decoy store must do. */
export function testDecoyStore(name: string, make: (context: TestContext) => DecoyStore): void {
  test(`${name}: N8: a decoy is found by its id and by its text, until it is removed`, (context) => {
    const store = make(context)
    const [decoy, other] = [sampleDecoy(), sampleDecoy({ provider: null })]
    assert.equal(store.findByPlaceholder(decoy.placeholderIndex), undefined)
    store.create(decoy)
    store.create(other)
    assert.deepEqual(store.find(decoy.id), decoy)
    assert.deepEqual(store.findByPlaceholder(decoy.placeholderIndex), decoy)
    assert.deepEqual(store.findByPlaceholder(other.placeholderIndex), other)
    store.remove(decoy.id)
    store.remove(decoy.id)
    assert.equal(store.find(decoy.id), undefined)
    assert.equal(store.findByPlaceholder(decoy.placeholderIndex), undefined)
    assert.deepEqual(store.find(other.id), other)
    assert.equal(store.find('dcy_none'), undefined)
  })

  test(`${name}: lists the decoys of one project, newest first, page by page`, (context) => {
    const store = make(context)
    const at = (minute: number) => `2026-11-22T10:0${minute}:00.000Z`
    store.create(sampleDecoy({ id: 'dcy_b', createdAt: at(1) }))
    store.create(sampleDecoy({ id: 'dcy_a', createdAt: at(1) }))
    store.create(sampleDecoy({ id: 'dcy_c', createdAt: at(2) }))
    store.create(sampleDecoy({ id: 'dcy_d', createdAt: at(3), project: 'other' }))
    const ids = (limit: number, cursor: string | null) => store.list('default', limit, cursor).map(({ id }) => id)
    assert.deepEqual(ids(10, null), ['dcy_c', 'dcy_b', 'dcy_a'])
    assert.deepEqual(ids(1, 'dcy_c'), ['dcy_b'])
    assert.deepEqual(ids(10, 'dcy_a'), [])
    assert.deepEqual(ids(10, 'dcy_none'), [])
  })

  test(`${name}: N8: remembers when a decoy was last met, and forgets it with the decoy`, (context) => {
    const store = make(context)
    const decoy = sampleDecoy()
    store.create(decoy)
    assert.equal(store.lastSeenAt(decoy.id), null)
    store.touch(decoy.id, '2026-11-22T11:00:00.000Z')
    assert.equal(store.lastSeenAt(decoy.id), '2026-11-22T11:00:00.000Z')
    store.remove(decoy.id)
    assert.equal(store.lastSeenAt(decoy.id), null)
  })
}
