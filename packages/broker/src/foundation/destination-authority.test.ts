import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAuthority } from './destination-authority.ts'

test('an authority without a port has the port of the scheme', () => {
  assert.deepEqual(parseAuthority('API.example.com.', 'https'), { scheme: 'https', host: 'api.example.com', port: 443 })
  assert.deepEqual(parseAuthority('api.example.com', 'http'), { scheme: 'http', host: 'api.example.com', port: 80 })
})

test('an authority with a port', () => {
  const destination = { scheme: 'https', host: 'api.example.com', port: 8443 }
  assert.deepEqual(parseAuthority('api.example.com:8443', 'https'), destination)
  assert.equal(parseAuthority('api.example.com:65535', 'https')?.port, 65_535)
})

const refused: readonly [name: string, text: string][] = [
  ['an empty field (R-05)', ''],
  ['a port alone (R-05)', ':443'],
  ['an empty port (R-05)', 'api.example.com:'],
  ['user information (R-05)', 'api.example.com:x@attacker.example'],
  ['user information with a port (R-05)', 'api.example.com@attacker.example:443'],
  ['two ports (R-05)', 'api.example.com:443:443'],
  ['brackets (R-05)', '[::1]:443'],
  ['brackets round a name (R-05)', '[api.example.com]'],
  ['two hosts (R-05)', 'api.example.com, attacker.example'],
  ['a port of zero', 'api.example.com:0'],
  ['a port with a leading zero', 'api.example.com:0443'],
  ['a port with a sign', 'api.example.com:+443'],
  ['a port that is too large', 'api.example.com:65536'],
  ['a port in other digits', 'api.example.com:４４３'],
  ['a space before the port (R-08)', 'api.example.com :443'],
  ['NUL (R-08)', 'attacker.example\0.example.com:443'],
  ['a line break at the end (R-08)', 'api.example.com:443\n'],
  ['a scheme', 'https://api.example.com'],
  ['an address', '127.0.0.1:443'],
]

for (const [name, text] of refused) {
  test(`${name} is no authority`, () => assert.equal(parseAuthority(text, 'https'), undefined))
}
