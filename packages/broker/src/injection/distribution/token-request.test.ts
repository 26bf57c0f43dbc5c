import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headWith } from '../injector.suite.ts'
import { bearerTokenIn, placeholderToken, showsNobody } from './placeholder-token.ts'
import { decodeTokenRequest, encodeTokenRequest, tokenRequest } from './token-request.ts'

const placeholder = 'coatcheck_0123456789abcdefghijklmn'
const ann = { user: 'ann', service: 'registry.example.com', scopes: ['repository:a/b:pull'] }
const nobody = { ...ann, user: null }

test('equal requests have one form, whatever their order', () => {
  const scopes = ['b', 'a', 'b']
  assert.deepEqual(tokenRequest({ ...ann, scopes }), { ...ann, scopes: ['a', 'b'] })
  assert.deepEqual(decodeTokenRequest(encodeTokenRequest(ann)), ann)
  assert.match(encodeTokenRequest(ann), /^[\w-]+$/)
})

test('what is too much, or could be read in two ways, is no request', () => {
  const scopes = (count: number, length: number) =>
    Array.from({ length: count }, (_, index) => `${index}`.padEnd(length, 'x'))
  assert.ok(tokenRequest({ ...ann, scopes: scopes(16, 200) }))
  for (const wrong of [
    { scopes: scopes(17, 5) },
    { scopes: scopes(16, 300) },
    { scopes: scopes(1, 513) },
    { scopes: ['a b'] },
    { scopes: [''] },
    { user: 'a:b' },
    { user: '' },
    { user: 'x'.repeat(256) },
    { service: '' },
    { service: 'a b' },
  ])
    assert.equal(tokenRequest({ ...ann, ...wrong }), undefined, JSON.stringify(wrong).slice(0, 60))
})

test('SEC-12: a placeholder token is good for its placeholder alone, in one spelling', () => {
  const token = placeholderToken(placeholder, ann)
  assert.deepEqual(bearerTokenIn(`bearer  ${token}`, placeholder), { lead: 'bearer  ', request: ann })
  const [owner, encoded] = token.split('~')
  const other = (text: string): string => Buffer.from(text).toString('base64url')
  for (const value of [
    token,
    `Basic ${token}`,
    `Bearer ${token}x`,
    `Bearer ${token}=`,
    `Bearer ${token}~`,
    `Bearer x${token}`,
    `Bearer ${owner}`,
    `Bearer ${owner}~`,
    `Bearer ${encoded}`,
    `Bearer ${owner}~${other('["ann", null]')}`,
    `Bearer ${owner}~${other('["ann"]')}`,
    `Bearer ${owner}~${other('{"user":"ann"}')}`,
    `Bearer ${owner}~${other('["ann",null,7]')}`,
    `Bearer ${owner}~${other('[7,null]')}`,
    `Bearer ${owner}~${encodeTokenRequest(nobody)}`,
    `Bearer coatcheck-anonymous~${encoded}`,
  ])
    assert.equal(bearerTokenIn(value, placeholder), undefined, value)
  assert.equal(bearerTokenIn(`Bearer ${token}`, 'coatcheck_another_placeholder_of_ours'), undefined)
})

test('a token of nobody has no placeholder in it, and is known as such', () => {
  const token = placeholderToken(placeholder, nobody)
  assert.ok(!token.includes(placeholder))
  const head = (value: string) => headWith({ name: 'Authorization', value })
  assert.ok(showsNobody(head(`Bearer ${token}`)))
  assert.deepEqual(bearerTokenIn(`Bearer ${token}`, placeholder)?.request, nobody)
  assert.ok(!showsNobody(head(`Bearer ${placeholderToken(placeholder, ann)}`)))
  assert.ok(!showsNobody(headWith()))
  const twice = { name: 'authorization', value: `Bearer ${token}` }
  assert.ok(!showsNobody(headWith(twice, twice)))
})
