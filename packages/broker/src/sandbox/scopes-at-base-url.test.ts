import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findProvider } from '@coatcheck/catalog'
import { CoatcheckError } from '@coatcheck/contract'
import { scopesAtBaseUrl } from './scopes-at-base-url.ts'

const openai = findProvider('openai')!

for (const [baseUrl, to] of [
  ['https://llm.corp.example/v1', 'llm.corp.example/v1'],
  ['https://llm.corp.example/v1/', 'llm.corp.example/v1'],
  ['https://llm.corp.example:8443', 'https://llm.corp.example:8443'],
] as const) {
  test(`a key for ${baseUrl} goes there and nowhere else`, () => {
    const scopes = scopesAtBaseUrl(openai, baseUrl)
    assert.ok(scopes.length > 0)
    assert.deepEqual([...new Set(scopes.map((scope) => scope.to))], [to])
  })
}

for (const baseUrl of [
  'http://llm.corp.example/v1',
  'https://127.0.0.1/v1',
  'https://[::1]/v1',
  'https://*.corp.example',
  'https://~^llm\\.corp\\.example$',
  'https://me:pass@llm.corp.example',
  'https://llm.corp.example/v1?key=x',
  'https://llm.corp.example/a/../b',
]) {
  test(`SEC-07: a key is not sent to ${baseUrl}`, () => {
    assert.throws(
      () => scopesAtBaseUrl(openai, baseUrl),
      (error) => error instanceof CoatcheckError && error.code === 'scope_invalid',
    )
  })
}
