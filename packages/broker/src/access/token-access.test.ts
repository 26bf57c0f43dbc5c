import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import fc from 'fast-check'
import type { Clock } from '../foundation/clock.ts'
import { MemoryProjectStore } from './memory-project-store.suite.ts'
import type { Token } from './token.ts'
import { TokenAccess } from './token-access.ts'
import type { TokenStore } from './token-store.ts'

const start = Date.parse('2026-11-22T10:00:00.000Z')
const day = 86_400_000

let nowMs = start
const clock: Clock = { now: () => new Date(nowMs), monotonicMs: () => nowMs }
let rows: Map<string, Token>
let used: string[]
let asked: string[]
let access: TokenAccess
let projects: MemoryProjectStore
beforeEach(() => {
  nowMs = start
  rows = new Map()
  used = []
  asked = []
  projects = new MemoryProjectStore()
  access = new TokenAccess(storeOver(rows), clock, projects)
})

function storeOver(tokens: Map<string, Token>): TokenStore {
  return {
    create: (token) => void tokens.set(token.id, token),
    remove: (id) => void tokens.delete(id),
    removeExpired(instant) {
      for (const { id, expiresAt } of tokens.values()) if (expiresAt <= instant) tokens.delete(id)
    },
    find(id) {
      asked.push(id)
      return tokens.get(id)
    },
    list: (project) => [...tokens.values()].filter((token) => token.project === project),
    touch: (id) => void used.push(id),
    lastUsedAt: () => null,
  }
}

const invalid = (error: unknown) => error instanceof CoatcheckError && error.code === 'token_invalid'
const issue = (overrides = {}) => access.issue('default', { name: 'ci', role: 'operator', ...overrides })

test('a token has 256 random bits, is good for 30 days, and only its hash is kept', () => {
  const { id, token, expiresAt, role } = issue()
  assert.match(token, /^cct_[0-9a-z]{20}\.[A-Za-z0-9_-]{43}$/)
  assert.equal(Date.parse(expiresAt) - start, 30 * day)
  const kept = JSON.stringify([...rows.values()])
  assert.ok(!kept.includes(token.split('.')[1] ?? ''))
  assert.match(rows.get(id)?.secretHash ?? '', /^[0-9a-f]{64}$/)
  assert.deepEqual([access.authenticate(token).id, role], [id, 'operator'])
  assert.deepEqual(used, [id])
})

test('no two tokens are alike', () => {
  const texts = new Set(Array.from({ length: 50 }, () => issue().token))
  assert.equal(texts.size, 50)
})

test('neither list nor view shows a text or a hash', () => {
  const { id, token } = issue()
  for (const shown of [access.get('default', id), ...access.list('default', 10, null)]) {
    const text = JSON.stringify(shown)
    assert.ok(!text.includes(token.slice(25)) && !text.includes(rows.get(id)?.secretHash ?? '?'))
  }
})

test('an expired token is refused, to the millisecond', () => {
  const { token } = issue({ ttlSeconds: 60 })
  nowMs = start + 59_999
  assert.ok(access.authenticate(token))
  nowMs = start + 60_000
  assert.throws(() => access.authenticate(token), invalid)
})

test('a revoked token is refused by its next use, and is gone', () => {
  const { id, token } = issue()
  access.revoke('default', id)
  assert.throws(() => access.authenticate(token), invalid)
  assert.equal(access.findLiving(id), undefined)
  assert.throws(() => access.get('default', id), { code: 'token_not_found' })
  assert.throws(() => access.revoke('default', id), { code: 'token_not_found' })
})

test('R-88: the role is read at use, not at issue', () => {
  const { id, token } = issue({ role: 'owner' })
  rows.set(id, { ...rows.get(id)!, role: 'auditor' })
  assert.equal(access.authenticate(token).role, 'auditor')
  assert.equal(access.findLiving(id)?.role, 'auditor')
})

test('R-89: a token of another project cannot be seen or revoked, and is nothing once its project is gone', () => {
  projects.create({ name: 'other', createdAt: '' })
  const { id, token } = access.issue('other', { name: 'theirs', role: 'owner' })
  assert.equal(access.authenticate(token).project, 'other')
  assert.throws(() => access.get('default', id), { code: 'token_not_found' })
  assert.throws(() => access.revoke('default', id), { code: 'token_not_found' })
  assert.ok(rows.has(id))
  projects.remove('other')
  assert.throws(() => access.authenticate(token), invalid)
  assert.equal(access.findLiving(id), undefined)
})

test('a token of a member may do what both may, and nothing once the member is gone', () => {
  const member = { project: 'default', name: 'ann', createdAt: '' }
  assert.throws(() => issue({ member: 'ann' }), { code: 'member_not_found' })
  projects.setMember({ ...member, role: 'operator' })
  const { id, token } = issue({ role: 'owner', member: 'ann' })
  assert.equal(access.authenticate(token).role, 'operator')
  projects.setMember({ ...member, role: 'auditor' })
  assert.equal(access.findLiving(id)?.role, 'auditor')
  projects.setMember({ ...member, role: 'owner' })
  assert.equal(access.findLiving(id)?.role, 'owner')
  const issuing = issue({ role: 'issuer', member: 'ann' })
  projects.setMember({ ...member, role: 'auditor' })
  assert.throws(() => access.authenticate(issuing.token), invalid)
  projects.removeMember('default', 'ann')
  assert.throws(() => access.authenticate(token), invalid)
})

test('the id of one token with the secret of another is refused', () => {
  const [one, other] = [issue(), issue()]
  const [head = ''] = one.token.split('.')
  const [, tail = ''] = other.token.split('.')
  assert.throws(() => access.authenticate(`${head}.${tail}`), invalid)
})

test('tokens that expired a month ago are removed when one is issued', () => {
  const { id } = issue({ ttlSeconds: 60 })
  nowMs = start + 29 * day
  issue()
  assert.ok(rows.has(id))
  nowMs = start + 32 * day
  issue()
  assert.ok(!rows.has(id))
})

test('R-106: hostile texts are refused, and none of them reaches the store as it is', () => {
  const { token } = issue()
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom(
      '',
      'cct_',
      `${token}x`,
      ` ${token}`,
      `${token}\n`,
      `${token}'--`,
      `cct_' OR 1=1 --.${'A'.repeat(43)}`,
      `cct_%.${'A'.repeat(43)}`,
      token.toUpperCase(),
      token.replace('.', '..'),
    ),
    fc
      .tuple(fc.nat(token.length - 1), fc.constantFrom(...'!\'"\\\0%_;()é '))
      .map(([at, letter]) => token.slice(0, at) + letter + token.slice(at + 1)),
  )
  fc.assert(
    fc.property(hostile, (text) => {
      asked = []
      if (text !== token) assert.throws(() => access.authenticate(text), invalid)
      for (const id of asked) assert.match(id, /^tok_[0-9a-z]{20}$/)
    }),
    { numRuns: 500 },
  )
})
