import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issueCertificate } from '../certificates/certificate.ts'
import { prepareInjection } from '../injection/registry.ts'
import { TestRoot } from '../upstream/test-root.suite.ts'
import { SecretValue } from '../vault/secret-value.ts'
import { ClientIdentities } from './client-identities.ts'
import type { Attachment } from './exchange.ts'

const { cert, key } = new TestRoot(issueCertificate).issue('client.example.com')

/** An attachment of a secret at one version, as far as it is looked at here. */
function attached(kind: string, version: number, secretId = 'sec_one'): Attachment {
  const secret = { version, value: new SecretValue(Buffer.from(cert + key)) }
  const grant = { grant: { secretId } }
  return { grant, scope: { injection: prepareInjection({ kind }) }, attach: 'always', secret } as unknown as Attachment
}

test('SEC-16: one identity for each version of a secret, the same for all requests', () => {
  const identities = new ClientIdentities()
  const first = identities.of([attached('bearer', 1, 'sec_other'), attached('mtls', 1)])
  assert.equal(first?.certificates, cert)
  assert.equal(identities.of([attached('mtls', 1)]), first)
  assert.notEqual(identities.of([attached('mtls', 1, 'sec_two')]), first)
  const rotated = identities.of([attached('mtls', 2)])
  assert.notEqual(rotated, first)
  assert.equal(identities.of([attached('mtls', 2)]), rotated)
  identities.forget()
})

test('a request without a certificate has no identity', () => {
  const identities = new ClientIdentities()
  assert.equal(identities.of([]), undefined)
  assert.equal(identities.of([attached('bearer', 1)]), undefined)
})

test('what is forgotten, as when the vault is locked, is made anew', () => {
  const identities = new ClientIdentities()
  const first = identities.of([attached('mtls', 1)])
  identities.forget()
  assert.notEqual(identities.of([attached('mtls', 1)]), first)
  identities.forget()
})

test('a key that nobody uses is not kept for a minute', (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  let nowMs = 0
  const identities = new ClientIdentities(() => nowMs)
  const first = identities.of([attached('mtls', 1)])
  for (const [ms, isKept] of [
    [30_000, true],
    [90_000, false],
  ] as const) {
    nowMs = ms
    context.mock.timers.tick(15_000)
    assert.equal(identities.of([attached('mtls', 1)]) === first, isKept)
  }
  identities.forget()
})
