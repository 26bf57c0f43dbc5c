import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError, type InjectorSpec } from '@coatcheck/contract'
import type { WrittenQuestion } from '../derivation.ts'
import { placeholderToken } from '../distribution/placeholder-token.ts'
import type { TokenRequest } from '../distribution/token-request.ts'
import { headWith } from '../injector.suite.ts'
import { registry } from './registry.ts'

const tokenUrl = 'https://auth.example.com/token'
const placeholder = 'coatcheck_0123456789abcdefghijklmn'
const at = new Date('2026-11-23T10:00:00Z')
const pull: TokenRequest = { user: 'ann', service: 'registry.example.com', scopes: ['repository:a/b:pull'] }
const prepare = (further: object = {}) => registry.prepare({ kind: 'registry', tokenUrl, ...further } as InjectorSpec)
const tokens = (further: object = {}) => prepare(further).derivation!.registry!
const ask = (request: TokenRequest, password = 'the password') =>
  tokens().derivationFor(request).ask(Buffer.from(password), at) as WrittenQuestion
const isProblem = (code: CoatcheckError['code']) => (error: unknown) =>
  error instanceof CoatcheckError && error.code === code

test('W4: the token goes where the placeholder token stands, and nothing else changes', () => {
  const injection = prepare()
  const bearer = (text: string) =>
    headWith({ name: 'authorization', value: `bearer ${text}` }, { name: 'X-A', value: 'b' })
  const head = bearer(placeholderToken(placeholder, pull))
  assert.ok(injection.carries(head, placeholder))
  injection.apply(head, placeholder, Buffer.from('the-real-token'))
  assert.deepEqual(head, bearer('the-real-token'))
  const blanked = bearer(placeholderToken(placeholder, pull))
  injection.blank(blanked, placeholder)
  assert.deepEqual(blanked, bearer(''))
  assert.equal(injection.attach, null)
})

test('R-60: in no other place, and for no more than is allowed, a placeholder is taken', () => {
  const injection = prepare()
  const token = placeholderToken(placeholder, pull)
  const wider = placeholderToken(placeholder, { ...pull, scopes: ['repository:a/b:pull,push'] })
  const basic = `Basic ${btoa(`ann:${placeholder}`)}`
  for (const field of [
    { name: 'X-Token', value: `Bearer ${token}` },
    { name: 'Authorization', value: token },
    { name: 'Authorization', value: `token ${token}` },
    { name: 'Authorization', value: `Bearer ${placeholder}` },
    { name: 'Authorization', value: `Bearer ${wider}` },
    { name: 'Authorization', value: basic },
  ]) {
    const head = headWith(field)
    assert.equal(injection.carries(head, placeholder), false, field.value)
    const put = () => injection.apply(head, placeholder, Buffer.from('x'))
    assert.throws(put, isProblem('placeholder_undeclared_place'))
  }
})

test('the service is asked by GET, with each scope, and with the pair; as nobody without', () => {
  const scopes = ['repository:a/b:pull', 'repository:c/d:pull']
  const pair = `Basic ${btoa('ann:the password')}`
  assert.deepEqual(ask({ ...pull, scopes }), {
    method: 'GET',
    query: 'scope=repository%3Aa%2Fb%3Apull&scope=repository%3Ac%2Fd%3Apull&service=registry.example.com',
    body: '',
    fields: { Authorization: pair },
  })
  assert.deepEqual(ask({ user: 'ann', service: null, scopes: [] }), {
    method: 'GET',
    query: '',
    body: '',
    fields: { Authorization: pair },
  })
  assert.deepEqual(ask({ ...pull, user: null }).fields, {})
})

test('G7: what the options fix is what is asked, and another service or user is refused', () => {
  const fixed = tokens({ service: 'registry.example.com', username: 'ann' })
  assert.deepEqual(fixed.allowed({ ...pull, service: null }), pull)
  assert.deepEqual(fixed.allowed(pull), pull)
  assert.equal(fixed.allowed({ ...pull, service: 'other' }), 'the secret is for another service')
  assert.equal(fixed.allowed({ ...pull, user: 'bob' }), 'the secret is of another user')
  assert.deepEqual(fixed.allowed({ ...pull, user: null }), { ...pull, user: null })
  assert.deepEqual(tokens().allowed({ ...pull, user: 'bob' }), { ...pull, user: 'bob' })
  assert.deepEqual(fixed.allowed({ ...pull, scopes: [] }), { ...pull, scopes: [] })
})

test('G7: scopes that are not allowed are left out, and where none is left nothing is asked', () => {
  const push = 'repository:a/b:pull,push'
  const narrow = tokens({ access: 'push', repositories: ['a/*'] })
  assert.deepEqual(narrow.allowed({ ...pull, scopes: [push, 'repository:c/d:pull'] }), { ...pull, scopes: [push] })
  assert.equal(typeof narrow.allowed({ ...pull, scopes: ['repository:c/d:pull'] }), 'string')
  // As nobody, the repositories of everybody are to be had, and nothing can be pushed.
  const base = 'repository:library/base:pull'
  assert.deepEqual(narrow.allowed({ ...pull, user: null, scopes: [base] }), { ...pull, user: null, scopes: [base] })
  assert.equal(typeof narrow.allowed({ ...pull, user: null, scopes: [push] }), 'string')
})

test('SEC-15: by its key, a derivation is found again, and none that is not allowed', () => {
  const narrow = tokens({ repositories: ['a/*'] })
  const { key } = narrow.derivationFor(pull)
  assert.equal(narrow.derivationOf(key)?.key, key)
  const wider = tokens({ access: 'all' })
  for (const other of [
    wider.derivationFor({ ...pull, scopes: ['repository:a/b:push'] }).key,
    wider.derivationFor({ ...pull, scopes: ['repository:c/d:pull'] }).key,
    tokens({ tokenUrl: 'https://auth.example.com/other' }).derivationFor(pull).key,
    prepare().derivation!.key,
    `${key} `,
    'null',
    '[]',
    '',
  ])
    assert.equal(narrow.derivationOf(other), undefined, other)
  const narrower = placeholderToken(placeholder, { ...pull, scopes: ['repository:c/d:pull'] })
  const head = headWith({ name: 'Authorization', value: `Bearer ${narrower}` })
  assert.equal(narrow.shownIn(head, placeholder), undefined)
})

test('R-78: a password that cannot stand in a pair is refused when it is saved', () => {
  const { check } = prepare()
  check(Buffer.from('a password with: spaces'))
  for (const value of ['', 'a\r\nb', ' a', 'a\0'])
    assert.throws(() => check(Buffer.from(value)), isProblem('secret_unusable'), JSON.stringify(value))
})

test('R-62: unknown and malformed options are refused', () => {
  for (const further of [
    { tokenUrl: undefined },
    { tokenUrl: 'http://auth.example.com/token' },
    { tokenUrl: 'https://*.example.com/token' },
    { access: 'write' },
    { repositories: 'a/b' },
    { repositories: [] },
    { repositories: ['a//b'] },
    { repositories: ['!a/b'] },
    { repositories: ['a/b**'] },
    { username: 'a:b' },
    { service: 'a b' },
    { scope: 'pull' },
  ])
    assert.throws(() => prepare(further), isProblem('scope_invalid'), JSON.stringify(further))
})
