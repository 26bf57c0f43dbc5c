import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSetCookie, type SetCookie } from './set-cookie.ts'

const nowMs = Date.parse('2026-01-01T00:00:00Z')
const plain = { path: undefined, domain: undefined, expiresMs: Number.POSITIVE_INFINITY, isSecure: false }

const cookies: readonly (readonly [string, Partial<SetCookie>])[] = [
  ['a=1', { name: 'a', value: '1' }],
  [' a = 1=2 ', { name: 'a', value: '1=2' }],
  ['a="b c"', { name: 'a', value: '"b c"' }],
  ['a=', { name: 'a', value: '' }],
  ['a=1; Path=/x; HttpOnly; SameSite=Lax', { name: 'a', value: '1', path: '/x' }],
  ['a=1; path=x', { name: 'a', value: '1' }],
  ['a=1; Domain=.Example.COM', { name: 'a', value: '1', domain: 'example.com' }],
  ['a=1; Domain=', { name: 'a', value: '1' }],
  ['a=1; SECURE', { name: 'a', value: '1', isSecure: true }],
  ['a=1; Max-Age=60', { name: 'a', value: '1', expiresMs: nowMs + 60_000 }],
  ['a=1; Max-Age=-1; Expires=Fri, 01 Jan 2027 00:00:00 GMT', { name: 'a', value: '1', expiresMs: 0 }],
  ['a=1; Max-Age=soon', { name: 'a', value: '1' }],
  ['a=1; Expires=Fri, 01 Jan 2027 00:00:00 GMT', { name: 'a', value: '1', expiresMs: Date.UTC(2027, 0, 1) }],
  ['a=1; Expires=Fri, 01-Jan-2027 00:00:00 GMT', { name: 'a', value: '1', expiresMs: Date.UTC(2027, 0, 1) }],
  ['a=1; Expires=never', { name: 'a', value: '1' }],
  ['__Host-a=1; Secure; Path=/', { name: '__Host-a', value: '1', path: '/', isSecure: true }],
  ['__Secure-a=1; Secure', { name: '__Secure-a', value: '1', isSecure: true }],
]
for (const [field, cookie] of cookies) {
  test(`reads: ${field}`, () => {
    assert.deepEqual(parseSetCookie(field, nowMs), { ...plain, ...cookie })
  })
}

const refused: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['no name', '=1'],
  ['no value', 'a; Path=/'],
  ['a line break', 'a=1\r\nX: y'],
  ['a NUL', 'a=\0'],
  ['too much', `a=${'1'.repeat(4_096)}`],
  ['a name that promises a whole host, without `Secure`', '__Host-a=1; Path=/'],
  ['a name that promises a whole host, with a domain', '__host-a=1; Secure; Path=/; Domain=example.com'],
  ['a name that promises a whole host, for a path', '__Host-a=1; Secure; Path=/x'],
  ['a name that promises `Secure`', '__Secure-a=1'],
]
for (const [what, field] of refused) {
  test(`a cookie is not kept: ${what}`, () => {
    assert.equal(parseSetCookie(field, nowMs), undefined)
  })
}

test('a cookie of the greatest length is kept', () => {
  assert.equal(parseSetCookie(`a=${'1'.repeat(4_095)}`, nowMs)?.value.length, 4_095)
})
