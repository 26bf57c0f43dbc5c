import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProvider, scopesOf } from '@coatcheck/catalog'
import { headWith } from './injector.suite.ts'
import { prepareInjection } from './registry.ts'

const placeholder = 'ghp_coatcheck_0123456789abcdefghijklmn'

/** The credential field as it leaves for `host`, or undefined when no scope of the provider takes it. */
function sent(provider: string, host: string, value: string): string | undefined {
  const head = headWith({ name: 'authorization', value })
  const injection = scopesOf(findProvider(provider)!)
    .filter(({ to }) => to === host)
    .map(({ inject }) => prepareInjection(inject))
    .find((candidate) => candidate.carries(head, placeholder))
  injection?.apply(head, placeholder, Buffer.from('ghp_real'))
  return injection === undefined ? undefined : head.fields[0]!.value
}

const pair = (user: string, password: string): string => `Basic ${btoa(`${user}:${password}`)}`

test('V4: one secret goes as Bearer to the API host and inside a Basic pair to the git host', () => {
  const cases = [
    ['api.github.com', `Bearer ${placeholder}`, 'Bearer ghp_real'],
    ['api.github.com', `token ${placeholder}`, 'token ghp_real'],
    ['github.com', pair('x-access-token', placeholder), pair('x-access-token', 'ghp_real')],
    ['github.com', pair(placeholder, ''), pair('ghp_real', '')],
    ['github.com', `Bearer ${placeholder}`, undefined],
    ['raw.githubusercontent.com', pair('me', placeholder), undefined],
    ['objects.githubusercontent.com', `Bearer ${placeholder}`, undefined],
  ] as const
  for (const [host, value, expected] of cases) assert.equal(sent('github', host, value), expected)
})

test('R-13, R-15: the same head is taken at its own hosts and at no other, in any order of asking', () => {
  for (const host of ['api.openai.com', 'api.stripe.com', 'api.openai.com', 'api.openai.com.evil.example']) {
    const expected = host === 'api.openai.com' ? 'Bearer ghp_real' : undefined
    assert.equal(sent('openai', host, `Bearer ${placeholder}`), expected)
  }
})

test('V3: Stripe takes its key as the user of a pair, and Anthropic as Bearer too, as their clients send it', () => {
  assert.equal(sent('stripe', 'api.stripe.com', pair(placeholder, '')), pair('ghp_real', ''))
  assert.equal(sent('stripe', 'api.stripe.com', pair('sk_other', placeholder)), undefined)
  assert.equal(sent('anthropic', 'api.anthropic.com', `Bearer ${placeholder}`), 'Bearer ghp_real')
})
