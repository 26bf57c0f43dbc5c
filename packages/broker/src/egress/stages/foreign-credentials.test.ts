import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeaderField } from '../../http/header-field.ts'
import { prepareInjection } from '../../injection/registry.ts'
import { copyHead, type RequestHead } from '../../injection/request-head.ts'
import { findPlaceholders } from './find-placeholders.ts'
import { type ForeignCredential, findForeignCredentials } from './foreign-credentials.ts'

const ours = 'sk_test_coatcheck_9mPzQ4xWt7KdLr2VbY6nHs0J'
const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`, 'latin1').toString('base64')}`

function headWith(part: Partial<RequestHead>, ...fields: HeaderField[]): RequestHead {
  return {
    method: 'GET',
    path: '/v1/charges',
    query: '',
    ...part,
    fields: [{ name: 'Host', value: 'api.stripe.com' }, ...fields],
  }
}

const usual = [prepareInjection({ kind: 'bearer' }), prepareInjection({ kind: 'basic' })]

function checkAll(head: RequestHead, injections = usual, strict = false): ForeignCredential[] {
  const rest = copyHead(head)
  for (const injection of injections) injection.blank(rest, ours)
  const places = injections.map((injection) => injection.places)
  return findForeignCredentials({ head, rest, ours: findPlaceholders(head, [ours]), places, strict })
}

function check(head: RequestHead): ForeignCredential | undefined {
  return checkAll(head)[0]
}

// Made of pieces, so that this file itself holds nothing that looks like a key.
const letters = 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hJ6'
const tokens: readonly [string, string][] = [
  ['GitHub token', `ghp${'_'}${letters}`],
  ['GitHub token', `github${'_pat_'}${letters}`],
  ['GitLab token', `glpat${'-'}${letters}`],
  ['secret key', `sk${'-'}proj-${letters}`],
  ['Stripe key', `rk${'_live_'}${letters}`],
  ['Slack token', `xoxb${'-'}${letters}`],
  ['AWS access key', `AKIA${'ABCDEFGH23456723'}`],
  ['Google key', `AIza${letters.slice(0, 35)}`],
  ['JSON Web Token', `eyJ${letters}.eyJ${letters}.${letters}`],
  ['Hugging Face token', `hf${'_'}${letters}`],
  ['npm token', `npm${'_'}${letters}`],
]

const named: readonly HeaderField[] = [
  { name: 'Authorization', value: 'Bearer short' },
  { name: 'authorization', value: 'opaque' },
  { name: 'Authorization', value: basic('me', 'hunter2') },
  { name: 'Authorization', value: 'AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y' },
  { name: 'Proxy-Authorization', value: 'Basic eDp5' },
  { name: 'Cookie', value: 'session=1' },
  { name: 'X-Api-Key', value: 'k' },
  { name: 'x_api_key', value: 'k' },
  { name: 'Api-Key', value: 'k' },
  { name: 'X-Goog-Api-Key', value: 'k' },
  { name: 'PRIVATE-TOKEN', value: 'k' },
  { name: 'X-Auth-Token', value: 'k' },
  { name: 'X-Amz-Security-Token', value: 'k' },
  { name: 'Some-Vendor-Api-Key', value: 'k' },
  { name: 'X-Forwarded-Authorization', value: 'k' },
]

for (const { name, value } of named) {
  test(`SEC-11: ${name}: ${value.slice(0, 12)} is a foreign credential`, () => {
    const found = check(headWith({}, { name, value }))
    assert.equal(found?.surface, 'header')
    assert.equal(found?.name, name.toLowerCase().replaceAll('_', '-'))
    assert.doesNotMatch(JSON.stringify(found), /hunter2|opaque/)
  })

  test(`R-69: ${name}: ${value.slice(0, 12)} is foreign beside our own placeholder too`, () => {
    const own = { name: 'Authorization', value: `Bearer ${ours}` }
    for (const fields of [
      [own, { name, value }],
      [{ name, value }, own],
    ]) {
      assert.equal(check(headWith({}, ...fields))?.surface, 'header')
    }
  })
}

const queries = [
  '?api_key=k',
  '?a=1&apiKey=k',
  '?API-KEY=k',
  '?api%5Fkey=k',
  '?a=1;access_token=k',
  '?client_secret=k',
  '?X-Amz-Signature=0&X-Amz-Date=1',
  '?AWSAccessKeyId=k',
  '?auth[password]=k&password=k',
  '?key=aB3dE6gH9jK2mN5pQ8',
  '?token=0123456789abcdef',
  '?sig=aB3dE6gH9jK2%2BmN5pQ8%3D',
]

for (const query of queries) {
  test(`SEC-11: ${query} holds a foreign credential`, () => {
    const found = check(headWith({ query }, { name: 'Authorization', value: `Bearer ${ours}` }))
    assert.equal(found?.surface, 'query')
  })
}

for (const [form, token] of tokens) {
  test(`SEC-11: a ${form} is recognised under any name (${token.slice(0, 6)}…)`, () => {
    const places: [ForeignCredential['surface'], RequestHead][] = [
      ['header', headWith({}, { name: 'X-Whatever', value: token })],
      ['header', headWith({}, { name: 'X-Whatever', value: `Key "${token}", v=1` })],
      ['header', headWith({}, { name: 'X-Whatever', value: basic(token, '') })],
      ['query', headWith({ query: `?x=${token}` })],
      ['query', headWith({ query: `?x=${token.replace(/./, (first) => `%${first.charCodeAt(0).toString(16)}`)}` })],
      ['query', headWith({ query: `?${token}` })],
      ['path', headWith({ path: `/bot/${token}/send` })],
    ]
    for (const [surface, head] of places) {
      const found = check(head)
      assert.equal(found?.surface, surface)
      assert.notEqual(found?.form, null)
      assert.equal(JSON.stringify(found).includes(letters.slice(0, 10)), false)
    }
  })

  test(`SEC-11: a ${form} is recognised in the other half of our Basic pair (${token.slice(0, 6)}…)`, () => {
    for (const value of [basic(token, ours), basic(ours, token)]) {
      assert.equal(check(headWith({}, { name: 'Authorization', value }))?.name, 'authorization')
    }
  })
}

test('SEC-11: a password beside our placeholder as user is foreign, what clients fill in is not', () => {
  for (const password of ['', 'x', 'X', 'x-oauth-basic']) {
    assert.equal(check(headWith({}, { name: 'Authorization', value: basic(ours, password) })), undefined)
  }
  for (const password of ['hunter2', 'short']) {
    assert.deepEqual(check(headWith({}, { name: 'Authorization', value: basic(ours, password) })), {
      surface: 'header',
      name: 'authorization',
      form: 'password',
      at: null,
    })
  }
})

test('ordinary requests of real clients hold no foreign credential', () => {
  const ordinary = headWith(
    {
      path: '/repos/octo/hello/contents/src/secret-keys.md',
      query: '?ref=main&per_page=100&key=linux-build&page_token=2',
    },
    { name: 'Authorization', value: `Bearer ${ours}` },
    { name: 'User-Agent', value: 'OpenAI/JS 7.57.0' },
    { name: 'X-Stainless-Runtime-Version', value: 'v26.10.0' },
    { name: 'Idempotency-Key', value: 'stripe-node-retry-6f1c2b9e-0a57-4c1e-9f0e-52f3a4f0c1de' },
    { name: 'traceparent', value: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    { name: 'If-None-Match', value: 'W/"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"' },
    { name: 'Content-Type', value: 'multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxkTrZu0gW' },
    { name: 'Git-Protocol', value: 'version=2' },
    { name: 'Accept', value: '*/*' },
    { name: 'X-Api-Key', value: '' },
    { name: 'anthropic-beta', value: 'oauth-2025-04-20,prompt-caching-2024-07-31' },
  )
  assert.equal(check(ordinary), undefined)
  for (const value of [basic('x-access-token', ours), basic('git', ours)]) {
    assert.equal(check(headWith({}, { name: 'Authorization', value })), undefined)
  }
})

test('long hostile heads are gone through once', () => {
  for (const piece of ['eyJ', 'eyJa.', 'sk-', 'sk-_', 'ghp_', '%', '&key=', 'SG.', 'T3BlbkFJ', 'sk-svcacct-T3BlbkFJ']) {
    const text = piece.repeat(64_000 / piece.length)
    check(headWith({ path: `/${text}`, query: `?${text}` }, { name: 'X', value: text }))
  }
})
