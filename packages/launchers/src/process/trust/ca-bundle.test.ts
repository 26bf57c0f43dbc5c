import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { combineBundle, splitCertificates, systemRoots, withoutRoots } from './ca-bundle.ts'
import { authorityPath, bundlePath, caVariables } from './ca-variables.ts'
import { javaTrustStore } from './java-trust-store.ts'

const [first, second, third] = rootCertificates as [string, string, string]

test('the bundle holds the roots and the authority, each once and readable', () => {
  const certificates = splitCertificates(combineBundle([first, second], `noise\n${third}\nnoise`))
  assert.deepEqual(
    certificates.map((pem) => new X509Certificate(pem).fingerprint256),
    [first, second, third].map((pem) => new X509Certificate(pem).fingerprint256),
  )
})

test('an authority that is no certificate adds nothing', () => {
  assert.equal(
    splitCertificates(combineBundle([first], '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----')).length,
    1,
  )
})

test('the roots are those of the first bundle that has any, else those that Node carries', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'))
  try {
    const [empty, full] = [join(folder, 'empty'), join(folder, 'full')]
    writeFileSync(empty, '')
    writeFileSync(full, `# comment\n${first}\n${second}\n`)
    assert.equal(systemRoots([join(folder, 'absent'), empty, full]).length, 2)
    assert.deepEqual(systemRoots([join(folder, 'absent')]), rootCertificates)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('variables that replace a store name the bundle, those that add to it the authority', () => {
  const variables = caVariables()
  for (const name of [
    'SSL_CERT_FILE',
    'REQUESTS_CA_BUNDLE',
    'CURL_CA_BUNDLE',
    'GIT_SSL_CAINFO',
    'npm_config_cafile',
    'PIP_CERT',
  ]) {
    assert.equal(variables[name], bundlePath)
  }
  for (const name of ['NODE_EXTRA_CA_CERTS', 'DENO_CERT']) assert.equal(variables[name], authorityPath)
})

test('no variable would make a runtime refuse to start', () => {
  assert.ok(!('NODE_OPTIONS' in caVariables()))
})

test('the Java store holds every certificate, and its checksum is right', () => {
  const store = Buffer.from(javaTrustStore(combineBundle([first, second], third)))
  assert.equal(store.readUInt32BE(0), 0xfeed_feed)
  assert.equal(store.readUInt32BE(4), 2)
  assert.equal(store.readUInt32BE(8), 3)
  for (const pem of [first, second, third]) assert.ok(store.includes(new X509Certificate(pem).raw))
  // A store without entries, as keytool writes it: magic, version, count, SHA-1 over password, whitener and those.
  assert.equal(
    Buffer.from(javaTrustStore('')).toString('hex'),
    'feedfeed0000000200000000e2686e45fb43dfa4d992dd41ceb6b21c6330d792',
  )
})

test('roots that the host trusts already are not added a second time, however their lines end', () => {
  const added = withoutRoots(`${third}\n${first.replaceAll('\n', '\r\n')}\r\n`, [first, second])
  assert.equal(added, `${third}\n`)
  assert.equal(withoutRoots('', [first]), '')
})
