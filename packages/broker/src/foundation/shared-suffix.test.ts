import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedSuffixReason } from './shared-suffix.ts'

for (const suffix of [
  'com',
  'co.uk',
  'vercel.app',
  'github.io',
  'internal',
  'atlassian.net',
  'a.zendesk.com',
  'azure.com',
  'es.io',
]) {
  test(`${suffix} is shared (SEC-07)`, () => assert.equal(typeof sharedSuffixReason(suffix), 'string'))
}

for (const suffix of ['example.com', 'my-app.vercel.app', 'corp.internal', 'xatlassian.net', 'openai.com']) {
  test(`${suffix} has one owner`, () => assert.equal(sharedSuffixReason(suffix), undefined))
}
