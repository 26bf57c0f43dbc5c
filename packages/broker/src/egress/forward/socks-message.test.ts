import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readCredentials, readGreeting, readSocksRequest } from './socks-message.ts'

const greeting = Buffer.from([5, 2, 0, 2])
const credentials = Buffer.from([1, 2, ...Buffer.from('id'), 3, ...Buffer.from('key')])
const named = Buffer.from([5, 1, 0, 3, 4, ...Buffer.from('a.bc'), 1, 187])

test('each message is read whatever pieces it comes in, and what follows it is left', () => {
  const cases = [
    [readGreeting, greeting, [0, 2]],
    [readCredentials, credentials, { user: 'id', password: 'key' }],
    [readSocksRequest, named, { command: 1, authority: 'a.bc:443' }],
  ] as const
  for (const [read, bytes, message] of cases) {
    for (let length = 0; length < bytes.length; length += 1) assert.equal(read(bytes.subarray(0, length)), 'incomplete')
    assert.deepEqual(read(bytes), { message, length: bytes.length })
    assert.deepEqual(read(Buffer.concat([bytes, Buffer.from('more')])), { message, length: bytes.length })
  }
})

test('another version is no message', () => {
  assert.equal(readGreeting(Buffer.from([4, 1])), 'malformed')
  assert.equal(readCredentials(Buffer.from([5, 1])), 'malformed')
  assert.equal(readSocksRequest(Buffer.from([4, 1])), 'malformed')
})

test('addresses are read as texts that nobody takes for a name', () => {
  const ipv4 = Buffer.from([5, 1, 0, 1, 127, 0, 0, 1, 0, 80])
  assert.deepEqual(readSocksRequest(ipv4), { message: { command: 1, authority: '127.0.0.1:80' }, length: 10 })
  const ipv6 = Buffer.from([5, 1, 0, 4, 0xfd, ...Array.from({ length: 14 }, () => 0), 1, 0, 80])
  const read = readSocksRequest(ipv6)
  assert.deepEqual(read, { message: { command: 1, authority: '[fd00:0:0:0:0:0:0:1]:80' }, length: 22 })
})

test('an unknown type of address has no text', () => {
  const bytes = Buffer.from([5, 1, 0, 9, 1, 2])
  assert.deepEqual(readSocksRequest(bytes), { message: { command: 1, authority: undefined }, length: 6 })
})
