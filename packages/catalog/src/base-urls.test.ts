import assert from 'node:assert/strict'
import { test } from 'node:test'
import { baseUrlsFor } from './base-urls.ts'
import { findProvider } from './find-provider.ts'
import { providers } from './registry.ts'

const gateway = 'http://coatcheck.internal/proxy'

test('S6: base URLs end where each client wants them to, whether or not the gateway ends in a slash', () => {
  const cases = [
    ['openai', { OPENAI_BASE_URL: `${gateway}/openai/v1` }],
    ['anthropic', { ANTHROPIC_BASE_URL: `${gateway}/anthropic` }],
    ['stripe', { STRIPE_API_BASE: `${gateway}/stripe` }],
    ['gemini', { GOOGLE_GEMINI_BASE_URL: `${gateway}/gemini` }],
    ['openrouter', { OPENROUTER_BASE_URL: `${gateway}/openrouter/api/v1` }],
    ['slack', {}],
  ] as const
  for (const [id, expected] of cases) {
    assert.deepEqual(baseUrlsFor(findProvider(id)!, gateway), expected)
    assert.deepEqual(baseUrlsFor(findProvider(id)!, `${gateway}/`), expected)
  }
})

test('S6: a variable that changes more than an address is never set', () => {
  assert.deepEqual(Object.keys(baseUrlsFor(findProvider('github')!, gateway)), ['GITHUB_API_URL'])
  for (const provider of providers) {
    const names = Object.keys(baseUrlsFor(provider, gateway))
    for (const { name, safeToRedirect } of provider.baseUrlVariables) assert.equal(names.includes(name), safeToRedirect)
  }
})
