import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CookieJar, type CookieOrigin } from './cookie-jar.ts'
import { parseSetCookie } from './set-cookie.ts'

const nowMs = 1_000_000
const origin: CookieOrigin = { scheme: 'https', host: 'api.example.com', path: '/one/two' }

function jarWith(fields: readonly string[], from: Partial<CookieOrigin> = {}): CookieJar {
  const jar = new CookieJar()
  for (const field of fields) jar.set(parseSetCookie(field, nowMs)!, { ...origin, ...from }, nowMs)
  return jar
}

const sent = (jar: CookieJar, path: string, atMs = nowMs): string =>
  jar
    .pairsFor(path, atMs)
    .map(({ name, value }) => `${name}=${value}`)
    .join('; ')

const places: readonly (readonly [string, string, string])[] = [
  ['a=1', '/one', 'a=1'],
  ['a=1', '/one/', 'a=1'],
  ['a=1', '/one/three?x', 'a=1'],
  ['a=1', '/onetwo', ''],
  ['a=1', '/', ''],
  ['a=1; Path=/', '/anything', 'a=1'],
  ['a=1; Path=/one/', '/one', ''],
  ['a=1; Path=/one/', '/one/x', 'a=1'],
  ['a=1; Domain=example.com', '/one', 'a=1'],
  ['a=1; Domain=api.example.com', '/one', 'a=1'],
  ['a=1; Domain=other.com', '/one', ''],
  ['a=1; Domain=x.api.example.com', '/one', ''],
  ['a=1; Domain=pi.example.com', '/one', ''],
]
for (const [field, path, expected] of places) {
  test(`${field} of /one/two at ${path}: ${expected === '' ? 'nothing' : expected}`, () => {
    assert.equal(sent(jarWith([field]), path), expected)
  })
}

test('longer paths come first, and then what was set first', () => {
  const jar = jarWith(['a=1; Path=/', 'b=1; Path=/one', 'c=1; Path=/', 'a=2; Path=/one', 'a=3; Path=/'])
  assert.equal(sent(jar, '/one'), 'b=1; a=2; a=3; c=1')
})

test('a cookie ends at its time, and when the service says so', () => {
  const jar = jarWith(['a=1; Path=/; Max-Age=10', 'b=1; Path=/', 'c=1; Path=/', 'b=; Path=/; Max-Age=0'])
  assert.equal(sent(jar, '/', nowMs + 9_999), 'a=1; c=1')
  assert.equal(sent(jar, '/', nowMs + 10_000), 'c=1')
})

test('a cookie for encrypted connections alone is not taken from another one', () => {
  assert.equal(sent(jarWith(['a=1; Secure'], { scheme: 'http' }), '/one'), '')
  assert.equal(sent(jarWith(['a=1'], { scheme: 'http' }), '/one'), 'a=1')
})

test('a jar has so many cookies, and the first ones give way', () => {
  const jar = jarWith(Array.from({ length: 52 }, (_, index) => `c${index}=1; Path=/`))
  const names = jar.pairsFor('/', nowMs).map(({ name }) => name)
  assert.deepEqual([names.length, names[0], names.at(-1)], [50, 'c2', 'c51'])
})

test('a jar has so many bytes, and the first cookies give way', () => {
  const jar = jarWith(Array.from({ length: 5 }, (_, index) => `c${index}=${'1'.repeat(4_000)}; Path=/`))
  assert.deepEqual(
    jar.pairsFor('/', nowMs).map(({ name }) => name),
    ['c1', 'c2', 'c3', 'c4'],
  )
})

test('it says whether anything is other than before', () => {
  const jar = new CookieJar()
  const set = (field: string, atMs = nowMs): boolean => jar.set(parseSetCookie(field, atMs)!, origin, atMs)
  assert.deepEqual(
    [set('a=1'), set('a=1'), set('a=2'), set('a=2; Max-Age=600'), set('a=2; Max-Age=600', nowMs + 30_000)],
    [true, false, true, true, false],
  )
  assert.deepEqual(
    [set('a=2; Max-Age=600', nowMs + 200_000), set('a=; Max-Age=0'), set('a=; Max-Age=0')],
    [true, true, false],
  )
})
