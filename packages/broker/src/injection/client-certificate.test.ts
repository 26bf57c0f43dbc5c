import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { CoatcheckError } from '@coatcheck/contract'
import { issueCertificate } from '../certificates/certificate.ts'
import { TestRoot, validFor } from '../upstream/test-root.suite.ts'
import { privateKeyLines, readClientCertificate } from './client-certificate.ts'
import { mtls } from './injectors/mtls.ts'

const root = new TestRoot(issueCertificate)
const { cert, key } = root.issue('client.example.com')
const other = root.issue('other.example.com')
const injection = mtls.prepare({ kind: 'mtls' })

const orders: readonly (readonly [string, string])[] = [
  ['certificate, chain, key', cert + root.certificate + key],
  ['key, certificate, chain', key + cert + root.certificate],
  ['chain, certificate, key', root.certificate + cert + key],
  [
    'with text around the blocks, and other line ends',
    `Bag Attributes\n${cert}\nx: y\n${root.certificate}${key}`.replaceAll('\n', '\r\n'),
  ],
]
for (const [how, text] of orders) {
  test(`a bundle is read: ${how}`, () => {
    const identity = readClientCertificate(Buffer.from(text))
    assert.equal(identity.certificates, cert + root.certificate, 'the client’s own certificate is the first one')
    assert.match(identity.key, /^-----BEGIN PRIVATE KEY-----/)
    injection.check(Buffer.from(text))
  })
}

test('keys in the older forms are read', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  for (const text of [
    privateKey.export({ type: 'pkcs1', format: 'pem' }),
    privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ]) {
    refuses(`${cert}${text}`, 'the private key belongs to none of the certificates')
  }
})

const passphrase = 'open sesame'
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const locked = (type: 'pkcs1' | 'pkcs8') =>
  String(privateKey.export({ type, format: 'pem', cipher: 'aes-256-cbc', passphrase }))

const bad: readonly (readonly [string, string, string])[] = [
  ['nothing', '', 'it holds no private key in PEM'],
  ['a certificate alone', cert, 'it holds no private key in PEM'],
  ['a key alone', key, 'it holds no certificate in PEM'],
  ['two keys', cert + key + other.key, 'it holds more than one private key'],
  ['another key', cert + other.key, 'the private key belongs to none of the certificates'],
  ['an encrypted key', cert + locked('pkcs8'), 'the private key is encrypted'],
  ['an encrypted key in the older form', cert + locked('pkcs1'), 'the private key is encrypted'],
  [
    'a key that is none',
    `${cert}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`,
    'the private key cannot be read',
  ],
  [
    'a certificate that is none',
    `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${key}`,
    'a certificate cannot be read',
  ],
]
for (const [what, text, reason] of bad) {
  test(`${what} is refused with a reason that repeats nothing (R-67)`, () => refuses(text, reason))
}

test('a certificate that has expired is refused when it is saved, and can still be shown', () => {
  const old = root.issue('client.example.com', validFor(-1_000))
  const bytes = Buffer.from(old.cert + old.key)
  assert.throws(
    () => injection.check(bytes),
    (error) => error instanceof CoatcheckError && /expired on \d{4}/.test(String(error.facts['reason'])),
  )
  assert.equal(readClientCertificate(bytes).key.trim(), old.key.trim())
})

test('what must not come back are the lines of the key, and none of the certificate', () => {
  const lines = privateKeyLines(Buffer.from(cert + key)).map(String)
  assert.deepEqual(
    lines,
    key
      .split('\n')
      .slice(1, -2)
      .filter(({ length }) => length >= 32),
  )
  assert.ok(lines.length >= 2)
  assert.deepEqual(privateKeyLines(Buffer.from(cert)), [])
})

test('a certificate stands in no request, whatever a placeholder is', () => {
  const head = {
    method: 'GET',
    path: '/',
    query: '?key=placeholder',
    fields: [{ name: 'Authorization', value: 'placeholder' }],
  }
  const before = structuredClone(head)
  assert.equal(injection.carries(head, 'placeholder'), false)
  injection.blank(head, 'placeholder')
  injection.attach!(head, Buffer.from(cert + key))
  assert.deepEqual(head, before)
  assert.throws(() => injection.apply(head, 'placeholder', Buffer.from(cert + key)), {
    code: 'placeholder_undeclared_place',
  })
})

test('unknown options are refused', () => {
  assert.throws(() => mtls.prepare({ kind: 'mtls', passphrase }), { code: 'scope_invalid' })
})

function refuses(text: string, reason: string): void {
  assert.throws(
    () => injection.check(Buffer.from(text)),
    (error) => {
      assert.ok(error instanceof CoatcheckError)
      assert.deepEqual([error.code, error.facts['reason']], ['secret_unusable', reason])
      const line = text.split('\n').find(({ length }) => length >= 64)
      assert.ok(line === undefined || !JSON.stringify([error.message, error.facts]).includes(line))
      return true
    },
  )
}
