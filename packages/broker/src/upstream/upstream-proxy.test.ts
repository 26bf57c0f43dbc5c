import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { parseProxyExceptions, parseUpstreamProxy } from './upstream-proxy.ts'

const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`

test('a proxy is a host and a port, with or without user and password', () => {
  assert.deepEqual(parseUpstreamProxy('http://proxy.corp.example:3128'), { host: 'proxy.corp.example', port: 3128 })
  assert.deepEqual(parseUpstreamProxy(' http://proxy.corp.example/\n'), { host: 'proxy.corp.example', port: 80 })
  assert.deepEqual(parseUpstreamProxy('http://[fd00::1]:8080'), { host: 'fd00::1', port: 8080 })
  assert.deepEqual(parseUpstreamProxy('http://me:p%40ss%3Aw%C3%B6rd@10.0.0.1:8080'), {
    host: '10.0.0.1',
    port: 8080,
    authorization: basic('me:p@ss:wörd'),
  })
  assert.equal(parseUpstreamProxy('http://me@proxy:1').authorization, basic('me:'))
})

for (const [text, reason] of [
  ['', /not a URL/],
  ['proxy.corp.example:3128', /not a URL/],
  ['https://me:hunter2@proxy:3128', /scheme is not http/],
  ['socks5://me:hunter2@proxy:1080', /scheme is not http/],
  ['http://me:hunter2@proxy:3128/path', /a path/],
  ['http://me:hunter2@proxy:3128?x=1', /a path/],
  ['http://me%3Ayou:hunter2@proxy', /colon/],
  ['http://me:hunter2%zz@proxy', /percent-encoded/],
  ['http://me:hunter2@proxy:99999', /not a URL/],
] as const) {
  test(`${JSON.stringify(text.replace('hunter2', '…'))} is refused, and nothing of it repeated`, () => {
    assert.throws(
      () => parseUpstreamProxy(text),
      (error) =>
        error instanceof CoatcheckError &&
        error.code === 'settings_invalid' &&
        reason.test(error.message) &&
        !/hunter2/.test(error.message),
    )
  })
}

test('exceptions are exact hosts and suffixes of whole labels', () => {
  const isException = parseProxyExceptions(['One.example', ' .corp.example', '*.lan.example', ''])
  for (const host of ['one.example', 'git.corp.example', 'a.b.corp.example', 'x.lan.example']) {
    assert.equal(isException(host), true, host)
  }
  for (const host of ['two.one.example', 'corp.example', 'evilcorp.example', 'lan.example', 'one.example.evil.com']) {
    assert.equal(isException(host), false, host)
  }
  assert.equal(parseProxyExceptions([])('one.example'), false)
})

for (const pattern of [
  '10.0.0.0/8',
  '10.0.0.1',
  '*',
  'a*.example',
  'http://one.example',
  'one.example:443',
  '.',
  '~^x$',
]) {
  test(`the exception ${pattern} is refused, for it would not be understood`, () => {
    assert.throws(
      () => parseProxyExceptions([pattern]),
      (error) => error instanceof CoatcheckError && error.code === 'settings_invalid',
    )
  })
}
