import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAbsoluteTarget, readConnectTarget } from './read-target.ts'

for (const [text, scheme, host, port, target] of [
  ['http://a.test', 'http', 'a.test', 80, '/'],
  ['HTTP://A.test./x', 'http', 'a.test', 80, '/x'],
  ['https://a.test?x=/y', 'https', 'a.test', 443, '/?x=/y'],
  ['http://a.test:8080//x#y', 'http', 'a.test', 8080, '//x#y'],
] as const) {
  test(`${text} is ${target} at ${host} on ${port}`, () => {
    assert.deepEqual(readAbsoluteTarget(text), { destination: { scheme, host, port }, target })
  })
}

for (const text of ['/x', '*', 'a.test:443', 'ftp://a.test/', '//a.test/x', 'http:a.test']) {
  test(`${text} is not in absolute-form`, () => assert.equal(readAbsoluteTarget(text), undefined))
}

for (const [text, code] of [
  ['http:///x', 'request_malformed'],
  ['http://user:pass@a.test/', 'request_malformed'],
  ['http://a.test:0/', 'request_malformed'],
  ['http://a.test\\@b.test/', 'request_malformed'],
  ['http://127.0.0.1/', 'destination_denied'],
  ['http://[::1]:80/', 'destination_denied'],
  ['http://0x7f000001/', 'request_malformed'],
  ['http://2130706433/', 'request_malformed'],
] as const) {
  test(`AC-3.2, R-119: ${text} names no destination`, () => {
    const read = readAbsoluteTarget(text)
    assert.equal(read !== undefined && 'code' in read && read.code, code)
  })
}

test('a CONNECT target is a name and a port', () => {
  const { host, port } = readConnectTarget('A.test.:8443') as { host: string; port: number }
  assert.deepEqual([host, port], ['a.test', 8443])
  for (const text of ['a.test', ':443', 'a.test:', 'a.test:443x', 'a.test:99999', '/x:1', 'a@b.test:443']) {
    assert.deepEqual((readConnectTarget(text) as { code: string }).code, 'request_malformed', text)
  }
})
