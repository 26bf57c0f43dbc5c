import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Profile } from '../../policy/profile.ts'
import type { ProfileStore } from '../../policy/profile-store.ts'

/** A stored profile with something in each of its parts. */
export function sampleProfile(name = 'checkout', description = 'For the tests of the till'): Profile {
  return {
    name,
    origin: 'own',
    description,
    network: { allow: [{ to: 'pypi.org' }], deny: ['*.evil.example'] },
    secrets: { STRIPE_KEY: 'stripe' },
    rules: { STRIPE_KEY: { default: 'deny', rules: [{ effect: 'allow', methods: ['GET'], paths: ['/v1/charges'] }] } },
    caps: [{ unit: 'requests', limit: 100, window: 'day' }],
    ttlSeconds: 3600,
  }
}

/** What every profile store must do. */
export function testProfileStore(name: string, make: (context: TestContext) => ProfileStore): void {
  test(`${name}: an own profile is found as it was stored, in its project only`, (context) => {
    const store = make(context)
    store.save({ project: 'default', profile: sampleProfile() })
    assert.deepEqual(store.find('default', 'checkout'), sampleProfile())
    assert.equal(store.find('other', 'checkout'), undefined)
    assert.equal(store.find('default', 'check'), undefined)
    assert.deepEqual(store.list('other', 10, null), [])
  })

  test(`${name}: saving takes the place of what was there, in that project alone`, (context) => {
    const store = make(context)
    store.save({ project: 'default', profile: sampleProfile() })
    store.save({ project: 'other', profile: sampleProfile() })
    const later = sampleProfile('checkout', 'Changed')
    store.save({ project: 'default', profile: later })
    assert.deepEqual(store.list('default', 10, null), [later])
    assert.deepEqual(store.find('other', 'checkout'), sampleProfile())
  })

  test(`${name}: what was deleted is gone, and deleting what is not there changes nothing`, (context) => {
    const store = make(context)
    store.save({ project: 'default', profile: sampleProfile() })
    store.delete('other', 'checkout')
    store.delete('default', 'none')
    assert.ok(store.find('default', 'checkout'))
    store.delete('default', 'checkout')
    assert.equal(store.find('default', 'checkout'), undefined)
  })

  test(`${name}: lists one project in the order of names, page by page`, (context) => {
    const store = make(context)
    for (const each of ['b', 'a', 'c']) store.save({ project: 'default', profile: sampleProfile(each) })
    store.save({ project: 'other', profile: sampleProfile('d') })
    const names = (limit: number, cursor: string | null) =>
      store.list('default', limit, cursor).map((profile) => profile.name)
    assert.deepEqual(names(10, null), ['a', 'b', 'c'])
    assert.deepEqual(names(1, 'a'), ['b'])
    assert.deepEqual(names(10, 'c'), [])
  })
}
