import assert from 'node:assert/strict'
import { test } from 'node:test'
import { providers } from '@coatcheck/catalog'
import { tokenFormIn } from './token-forms.ts'

const tokens: readonly (readonly [form: RegExp, token: string])[] = [
  [/GitHub/, `ghp_${'k'.repeat(36)}`],
  [/GitLab/, `glpat-${'k'.repeat(20)}`],
  [/Stripe/, `sk_live_${'4'.repeat(24)}`],
  [/AWS/, `AKIA${'Q'.repeat(16)}`],
  [/JSON Web Token/, `eyJ${'h'.repeat(20)}.eyJ${'z'.repeat(20)}.${'s'.repeat(20)}`],
  [/npm/, `npm_${'k'.repeat(36)}`],
]

test('R-69: a token is known by its form wherever it stands in a text', () => {
  for (const [form, token] of tokens) {
    for (const text of [token, `see ${token}`, `a=1;token="${token}"`, `${'x'.repeat(20)} ${token}, ok`]) {
      assert.match(tokenFormIn(text) ?? 'none', form, text)
    }
  }
})

test('text that looks like none of them is none', () => {
  for (const text of ['', 'application/json', 'Mozilla/5.0 (X11; Linux x86_64)', 'a-long-name-of-something-harmless']) {
    assert.equal(tokenFormIn(text), undefined, text)
  }
})

test('the shapes of the catalog can be looked for all at once', () => {
  for (const { pattern } of providers.flatMap(({ keyShapes }) => keyShapes)) {
    assert.equal(pattern.flags, '')
    // Of two alternatives, the anchor would belong to the first alone.
    assert.match(pattern.source, /^\^/)
  }
})
