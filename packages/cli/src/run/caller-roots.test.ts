import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { callerRoots } from './caller-roots.ts'

const [one = '', two = ''] = rootCertificates

test('AC-1.2: the roots that the caller’s variables name are found, each once, and nothing else of the files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-roots-'))
  try {
    const [first, second] = ['first.pem', 'second.pem'].map((name) => join(folder, name)) as [string, string]
    const key = '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIB\n-----END PRIVATE KEY-----\n'
    writeFileSync(first, `# token=hunter2\n${one}\n${key}`)
    writeFileSync(second, `${one.replaceAll('\n', '\r\n')}\r\n${two}\r\n`)
    assert.equal(callerRoots({ SSL_CERT_FILE: first, NODE_EXTRA_CA_CERTS: second }), `${one}\n${two}\n`)
    assert.equal(callerRoots({ SSL_CERT_FILE: join(folder, 'absent'), CURL_CA_BUNDLE: folder }), '')
    assert.equal(callerRoots({ PATH: '/bin' }), '')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
