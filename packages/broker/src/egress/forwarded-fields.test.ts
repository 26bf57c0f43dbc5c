import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fieldsFrom, flatten, forwardedRequestFields, forwardedResponseFields } from './forwarded-fields.ts'

const request = (...raw: string[]) => flatten(forwardedRequestFields(fieldsFrom(raw)))
const response = (dropsCookies: boolean, ...raw: string[]) =>
  flatten(forwardedResponseFields(fieldsFrom(raw), dropsCookies ? { cookies: 'drop' } : undefined))

test('fields keep their order, letters and repetition', () => {
  const raw = ['X-b', '1', 'x-A', '2', 'X-b', '3', 'Accept', '*/*']
  assert.deepEqual(request(...raw), raw)
  assert.deepEqual(response(true, ...raw), raw)
})

const connectionOnly: readonly (readonly [string, string])[] = [
  ['Connection', 'keep-alive'],
  ['Keep-Alive', 'timeout=5'],
  ['Proxy-Authorization', 'Basic eDp5'],
  ['Proxy-Connection', 'keep-alive'],
  ['TE', 'trailers'],
  ['Transfer-Encoding', 'chunked'],
  ['Upgrade', 'h2c'],
]

for (const [name, value] of connectionOnly) {
  test(`${name} stays on its own connection`, () => {
    assert.deepEqual(request(name, value, 'A', 'b'), ['A', 'b'])
    assert.deepEqual(response(false, name, value, 'A', 'b'), ['A', 'b'])
  })
}

test('fields that Connection names stay as well, but never Host or Content-Length', () => {
  assert.deepEqual(request('Connection', 'X-Secret, host, close', 'Host', 'a', 'x-secret', '1'), ['Host', 'a'])
  assert.deepEqual(response(false, 'Connection', 'content-length', 'Content-Length', '3'), ['Content-Length', '3'])
})

test('a request loses its framing, which the broker writes itself, and Expect', () => {
  assert.deepEqual(request('Content-Length', '3', 'Expect', '100-continue', 'A', 'b'), ['A', 'b'])
})

test('R-72: cookies of injected exchanges go to whoever keeps them, and no further', () => {
  const kept: string[] = []
  const raw = ['Set-Cookie', 'a=1', 'X', 'y', 'set-cookie', 'b=2; Path=/']
  assert.deepEqual(flatten(forwardedResponseFields(fieldsFrom(raw), { cookies: (field) => void kept.push(field) })), [
    'X',
    'y',
  ])
  assert.deepEqual(kept, ['a=1', 'b=2; Path=/'])
  assert.deepEqual(flatten(forwardedResponseFields(fieldsFrom(raw), { cookies: 'pass' })), raw)
})

test('what a service proves itself with is written anew where the client signed, and stays elsewhere', () => {
  const raw = ['Authentication-Info', 'rspauth="1"', 'Proxy-Authentication-Info', 'x']
  const proof = (value: string) => (value === 'x' ? undefined : value.replace('1', '2'))
  const fields = forwardedResponseFields(fieldsFrom(raw), { cookies: 'drop', proof })
  assert.deepEqual(flatten(fields), ['Authentication-Info', 'rspauth="2"'])
  assert.deepEqual(response(true, ...raw), raw)
})

test('cookies are dropped from injected exchanges only', () => {
  assert.deepEqual(response(true, 'Set-Cookie', 'a=b', 'A', 'b'), ['A', 'b'])
  assert.deepEqual(response(false, 'Set-Cookie', 'a=b'), ['Set-Cookie', 'a=b'])
})

test('a service cannot lead the client to another protocol, nor speak as the broker', () => {
  assert.deepEqual(response(false, 'Alt-Svc', 'h3=":443"', 'Proxy-Status', 'coatcheck', 'A', 'b'), ['A', 'b'])
})

test('a page under a base URL is not named to a service, since its URL holds the sandbox’s token', () => {
  const page = `http://127.0.0.1:7071/as/sbx_7q2m.${'a_-B'.repeat(10)}xyz/stripe/charges`
  assert.deepEqual(request('Referer', page, 'referer', `${page}?x=1`, 'A', 'b'), ['A', 'b'])
  const others = ['Referer', 'https://dashboard.stripe.com/as/sbx_7q2m.x']
  assert.deepEqual(request(...others), others)
})

test('AC-10.4: of challenges to a request that carried a secret, those that sign in a connection are left out', () => {
  const challenges = [
    'WWW-Authenticate',
    'Basic realm="git"',
    'www-authenticate',
    'Negotiate',
    'WWW-Authenticate',
    'NTLM',
  ]
  assert.deepEqual(response(true, ...challenges), ['WWW-Authenticate', 'Basic realm="git"'])
  assert.deepEqual(response(false, ...challenges), challenges)
})
