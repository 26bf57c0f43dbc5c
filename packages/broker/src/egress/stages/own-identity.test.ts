import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashOfToken } from '../../sandbox/describe-sandbox.ts'
import { dropOwnIdentity } from './own-identity.ts'

const token = 'Zm9yLXRoaXMtc2FuZGJveC1hbG9uZS0xMjM0NTY3ODk'
const sandbox = { id: 'sbx_1', tokenHash: hashOfToken(token) }
const basic = (user: string, password: string): string => `Basic ${btoa(`${user}:${password}`)}`

function left(name: string, value: string): readonly string[] {
  const fields = [
    { name: 'Host', value: 'api.example.com' },
    { name, value },
  ]
  dropOwnIdentity(fields, sandbox)
  return fields.map((field) => field.name)
}

test('the sandbox’s own proxy credentials are taken off, in each form in which the proxy takes them', () => {
  assert.deepEqual(left('Proxy-Authorization', basic('sbx_1', token)), ['Host'])
  assert.deepEqual(left('proxy-authorization', `Bearer sbx_1.${token}`), ['Host'])
})

for (const [title, name, value] of [
  ['those of another sandbox', 'Proxy-Authorization', basic('sbx_2', token)],
  ['a token that is not the sandbox’s', 'Proxy-Authorization', basic('sbx_1', token.replace('Zm', 'Am'))],
  ['a login at another proxy', 'Proxy-Authorization', basic('user', 'password')],
  ['its identity in a field for the service', 'Authorization', basic('sbx_1', token)],
] as const) {
  test(`SEC-11, R-69: ${title} stays where it is, to be judged`, () => {
    assert.deepEqual(left(name, value), ['Host', name])
  })
}
