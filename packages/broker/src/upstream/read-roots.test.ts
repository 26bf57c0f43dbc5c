import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { CoatcheckError } from '@coatcheck/contract'
import { readRoots } from './read-roots.ts'

const [one = '', other = ''] = rootCertificates
const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIB\n-----END PRIVATE KEY-----\n'

test('certificates stay as they are, and what stands around them goes', () => {
  const both = readRoots(`${one}\n${other}\n`)
  assert.equal(both.match(/BEGIN CERTIFICATE/g)?.length, 2)
  assert.equal(readRoots(both), both)
  assert.equal(readRoots(`# from the internal CA, token=hunter2\r\n${one.replaceAll('\n', '\r\n')}`), readRoots(one))
})

for (const [what, pem] of [
  ['nothing', ''],
  ['a key in the wrong field', 'sk_live_0123456789abcdef'],
  ['a private key', key],
  ['a private key beside a certificate', `${one}\n${key}`],
  ['a certificate that is none', '-----BEGIN CERTIFICATE-----\nc2VjcmV0\n-----END CERTIFICATE-----\n'],
  ['one that is cut short', `${one}\n${other.slice(0, 400)}\n-----END CERTIFICATE-----`],
] as const) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => readRoots(pem),
      (error) =>
        error instanceof CoatcheckError &&
        error.code === 'scope_invalid' &&
        !/hunter2|sk_live|MC4C/.test(error.message),
    )
  })
}
