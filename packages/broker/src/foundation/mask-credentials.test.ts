import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { maskCredentials } from './mask-credentials.ts'

const key = `sk_live_${randomBytes(18).toString('hex')}`

test('what looks like a credential is masked wherever it stands, and nothing beside it', () => {
  for (const [text, masked] of [
    [`body.key == "${key}"`, 'body.key == "[credential]"'],
    [`${key}(body)`, '[credential](body)'],
    [`/v1/customers/${key}/cards`, '/v1/customers/[credential]/cards'],
    [`a=${key}&b=2`, 'a=[credential]&b=2'],
    [`https://me:${key}@api.example.com/x`, 'https://[credential]/x'],
    [randomBytes(32).toString('base64url').replace(/^.{3}/, 'aB1'), '[credential]'],
    [`is ${randomBytes(20).toString('hex')}00 right`, 'is [credential] right'],
    [`there is no function ${key}`, 'there is no function [credential]'],
  ] as const)
    assert.equal(maskCredentials(text), masked, text)
})

test('what rules are usually made of is repeated as it is', () => {
  for (const text of [
    'body.amount <= 5.0 && size(body.to) < 9',
    'sandbox.labels["team"] == "payments" || grants.size() > 0',
    '/v1/payment_intents/*/capture',
    '/repos/*/*/git/refs/heads/**',
    'body.store_customers.subscription_items.exists(x, x.more_permissions)',
    'body.to.matches("^[a-z]+@example\\.com$")',
    'pushes-but-not-to-main',
    'rules[12]',
  ])
    assert.equal(maskCredentials(text), text)
})
