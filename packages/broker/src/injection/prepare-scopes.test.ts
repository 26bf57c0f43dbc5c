import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProvider, scopesOf } from '@coatcheck/catalog'
import { CoatcheckError } from '@coatcheck/contract'
import { headWith } from './injector.suite.ts'
import { type PreparedScope, prepareScopes } from './prepare-scopes.ts'
import type { RequestHead } from './request-head.ts'

interface Matcher {
  matches(host: string): boolean
}

const exact = (to: string): Matcher => ({ matches: (host) => host === to })
const placeholder = 'ghp_coatcheck_0123456789abcdefghijklmn'
const real = Buffer.from('ghp_real')

function fits(scopes: readonly PreparedScope<Matcher>[], host: string, head: RequestHead): PreparedScope<Matcher>[] {
  return scopes.filter(({ pattern, injection }) => pattern.matches(host) && injection.carries(head, placeholder))
}

function authorized(value: string): RequestHead {
  return headWith({ name: 'authorization', value })
}

test('V4: one secret goes as Bearer to the API host and inside a Basic pair to the git host', () => {
  const scopes = prepareScopes(scopesOf(findProvider('github')!), exact)
  const pair = (secret: string): string => `Basic ${Buffer.from(`x-access-token:${secret}`).toString('base64')}`
  const sent = (host: string, value: string): string | undefined => {
    const head = authorized(value)
    const [scope] = fits(scopes, host, head)
    scope?.injection.apply(head, placeholder, real)
    return scope === undefined ? undefined : head.fields[0]!.value
  }
  assert.equal(sent('api.github.com', `Bearer ${placeholder}`), 'Bearer ghp_real')
  assert.equal(sent('api.github.com', `token ${placeholder}`), 'token ghp_real')
  assert.equal(sent('github.com', pair(placeholder)), pair('ghp_real'))
  assert.equal(sent('github.com', `Bearer ${placeholder}`), undefined)
  assert.equal(sent('raw.githubusercontent.com', pair(placeholder)), undefined)
})

test('R-13, R-15: the same head fits at its own host and at no other, in any order of asking', () => {
  const scopes = prepareScopes(scopesOf(findProvider('openai')!), exact)
  const head = authorized(`Bearer ${placeholder}`)
  for (const host of ['api.openai.com', 'api.stripe.com', 'api.openai.com', 'api.openai.com.evil.example']) {
    assert.equal(fits(scopes, host, head).length, host === 'api.openai.com' ? 1 : 0)
  }
})

test('a scope that is not understood refuses them all', () => {
  const good = { to: 'api.example.com', inject: { kind: 'bearer' } }
  const wrong = [{ kind: 'bearer', scheme: 'Digest' }, { kind: 'header' }, { kind: 'header', name: 'x', value: '1' }]
  for (const inject of wrong) {
    assert.throws(
      () => prepareScopes([good, { to: 'api.example.com', inject }], exact),
      (error) => error instanceof CoatcheckError && error.code === 'scope_invalid' && 'allowed' in error.facts,
    )
  }
  const refuse = (): never => {
    throw new CoatcheckError('scope_invalid', { reason: 'not a host' })
  }
  assert.throws(() => prepareScopes([good], refuse), { code: 'scope_invalid' })
})
