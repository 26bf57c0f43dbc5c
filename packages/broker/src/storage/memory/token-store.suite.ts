import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Token } from '../../access/token.ts'
import type { TokenStore } from '../../access/token-store.ts'
import { newIdentifier } from '../../foundation/identifier.ts'

/** A token that an operator holds. */
export function sampleToken(overrides: Partial<Token> = {}): Token {
  return {
    id: newIdentifier('tok'),
    project: 'default',
    name: 'ci',
    role: 'operator',
    member: null,
    secretHash: 'ab'.repeat(32),
    createdAt: '2026-11-22T10:00:00.000Z',
    expiresAt: '2026-12-22T10:00:00.000Z',
    ...overrides,
  }
}

/** What every token store must do. */
export function testTokenStore(name: string, make: (context: TestContext) => TokenStore): void {
  test(`${name}: a token is found as it was created, until it is removed`, (context) => {
    const store = make(context)
    const [token, other] = [sampleToken(), sampleToken({ role: 'auditor', member: 'ann' })]
    store.create(token)
    store.create(other)
    assert.deepEqual(store.find(token.id), token)
    store.remove(token.id)
    store.remove(token.id)
    assert.equal(store.find(token.id), undefined)
    assert.deepEqual(store.find(other.id), other)
    assert.equal(store.find('tok_none'), undefined)
  })

  test(`${name}: tokens that have expired are removed, and the others stay`, (context) => {
    const store = make(context)
    store.create(sampleToken({ id: 'tok_a', expiresAt: '2026-11-23T00:00:00.000Z' }))
    store.create(sampleToken({ id: 'tok_b', expiresAt: '2026-11-24T00:00:00.000Z', project: 'other' }))
    store.create(sampleToken({ id: 'tok_c', expiresAt: '2026-11-24T00:00:00.001Z' }))
    store.removeExpired('2026-11-24T00:00:00.000Z')
    assert.deepEqual(
      ['tok_a', 'tok_b', 'tok_c'].filter((id) => store.find(id) !== undefined),
      ['tok_c'],
    )
  })

  test(`${name}: R-89: lists the tokens of one project, newest first, page by page`, (context) => {
    const store = make(context)
    const at = (minute: number) => `2026-11-22T10:0${minute}:00.000Z`
    store.create(sampleToken({ id: 'tok_b', createdAt: at(1) }))
    store.create(sampleToken({ id: 'tok_a', createdAt: at(1) }))
    store.create(sampleToken({ id: 'tok_c', createdAt: at(2) }))
    store.create(sampleToken({ id: 'tok_d', createdAt: at(3), project: 'other' }))
    const ids = (limit: number, cursor: string | null) => store.list('default', limit, cursor).map(({ id }) => id)
    assert.deepEqual(ids(10, null), ['tok_c', 'tok_b', 'tok_a'])
    assert.deepEqual(ids(1, 'tok_c'), ['tok_b'])
    assert.deepEqual(ids(10, 'tok_a'), [])
    assert.deepEqual(ids(10, 'tok_none'), [])
  })

  test(`${name}: remembers the last use, and forgets it with the token`, (context) => {
    const store = make(context)
    const token = sampleToken()
    store.create(token)
    assert.equal(store.lastUsedAt(token.id), null)
    store.touch(token.id, '2026-11-22T11:00:00.000Z')
    assert.equal(store.lastUsedAt(token.id), '2026-11-22T11:00:00.000Z')
    store.remove(token.id)
    assert.equal(store.lastUsedAt(token.id), null)
  })
}
