import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { connect, createServer } from 'node:tls'
import { issueCertificate } from './certificate.ts'
import { type AuthorityMaterial, createAuthorityMaterial, openSandboxAuthority } from './sandbox-authority.ts'

const day = 24 * 60 * 60 * 1000
const clock = { now: () => new Date(), monotonicMs: () => Date.now() }
const names = ['api.example.com', 'wild.example.org']

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
const hasJava = spawnSync('javac', ['-version']).status === 0 && spawnSync('keytool', ['-help']).status === 0

const newMaterial = (lifetimeMs = day) => createAuthorityMaterial({ name: 'constrained', clock, lifetimeMs, names })

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'coatcheck-test-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** What a thief of the key could issue: a leaf for any name, which the authority itself refuses to make. */
function forge({ subject, privateKey }: AuthorityMaterial, serverName: string): string {
  const key = createPrivateKey(privateKey)
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const leaf = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return issueCertificate(
    {
      subject: '',
      publicKey: leaf.publicKey.export({ type: 'spki', format: 'der' }),
      notBefore: new Date(Date.now() - 60_000),
      notAfter: new Date(Date.now() + day / 2),
      kind: { serverName },
    },
    { subject, publicKey, privateKey: key },
  )
}

/** A leaf for an address, signed by openssl with the authority's key. */
function forgeAddress({ privateKey, constrained }: AuthorityMaterial, folder: string): string {
  writeFileSync(join(folder, 'issuing.pem'), constrained!.issuing)
  writeFileSync(join(folder, 'issuing.key'), privateKey, { mode: 0o600 })
  writeFileSync(join(folder, 'ip.ext'), 'subjectAltName=IP:192.0.2.7\nextendedKeyUsage=serverAuth\n')
  const inFolder = { cwd: folder, stdio: 'pipe' } as const
  execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'leaf.key'], inFolder)
  execFileSync('openssl', ['req', '-new', '-key', 'leaf.key', '-subj', '/O=x', '-out', 'leaf.csr'], inFolder)
  const signing = [
    '-CA',
    'issuing.pem',
    '-CAkey',
    'issuing.key',
    '-set_serial',
    '7',
    '-extfile',
    'ip.ext',
    '-days',
    '1',
  ]
  return execFileSync('openssl', ['x509', '-req', '-in', 'leaf.csr', ...signing], inFolder).toString()
}

function opensslVerifies(folder: string, { certificate, constrained }: AuthorityMaterial, leaf: string) {
  writeFileSync(join(folder, 'anchor.pem'), certificate)
  writeFileSync(join(folder, 'issuing.pem'), constrained!.issuing)
  writeFileSync(join(folder, 'leaf.pem'), leaf)
  const verify = ['verify', '-x509_strict', '-no-CApath', '-no-CAstore', '-purpose', 'sslserver']
  const files = ['-CAfile', join(folder, 'anchor.pem'), '-untrusted', join(folder, 'issuing.pem')]
  const { status, stderr } = spawnSync('openssl', [...verify, ...files, join(folder, 'leaf.pem')])
  return { verified: status === 0, said: stderr.toString() }
}

test('openssl holds a constrained authority to its names, and to no address (AC-1.5)', {
  skip: !hasOpenssl && 'openssl is not installed',
}, async (context) => {
  const folder = folderOf(context)
  const material = await newMaterial()
  const expectations: readonly [string, boolean][] = [
    ['api.example.com', true],
    ['below.api.example.com', true],
    ['one.wild.example.org', true],
    ['example.com', false],
    ['other.example.com', false],
    ['notapi.example.com', false],
    ['api.example.com.evil.test', false],
  ]
  for (const [host, expected] of expectations) {
    const { verified, said } = opensslVerifies(folder, material, forge(material, host))
    assert.equal(verified, expected, `${host}: ${said}`)
    if (!expected) assert.match(said, /permitted subtree violation/)
  }
  const address = opensslVerifies(folder, material, forgeAddress(material, folder))
  assert.match(address.said, /excluded subtree violation/)
})

test('the constraints are critical in both certificates, as openssl reads them (AC-1.5)', {
  skip: !hasOpenssl && 'openssl is not installed',
}, async () => {
  const { certificate, constrained } = await newMaterial()
  for (const [pem, pathLength] of [
    [certificate, 1],
    [constrained!.issuing, 0],
  ] as const) {
    const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: pem }).toString()
    assert.match(
      text,
      /X509v3 Name Constraints: critical\s+Permitted:\s+DNS:api\.example\.com\s+DNS:wild\.example\.org/,
    )
    assert.match(text, /Excluded:\s+IP:0\.0\.0\.0\/0\.0\.0\.0\s+IP:0:0:0:0:0:0:0:0\/0:0:0:0:0:0:0:0/)
    assert.match(text, new RegExp(`Basic Constraints: critical\\s+CA:TRUE, pathlen:${pathLength}`))
    assert.match(text, /Extended Key Usage:\s+TLS Web Server Authentication\n/)
  }
})

/** What an `X509TrustManager` says about a chain, with the key store that `keytool` filled. */
const javaProgram = `
import java.io.*; import java.security.*; import java.security.cert.*; import java.util.*; import javax.net.ssl.*;
public class Trust {
  public static void main(String[] args) throws Exception {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(KeyStore.getInstance(new File(args[0]), "changeit".toCharArray()));
    X509TrustManager trust = (X509TrustManager) factory.getTrustManagers()[0];
    for (int i = 1; i < args.length; i++) {
      Collection<? extends java.security.cert.Certificate> chain =
        CertificateFactory.getInstance("X.509").generateCertificates(new FileInputStream(args[i]));
      try {
        trust.checkServerTrusted(chain.toArray(new X509Certificate[0]), "ECDHE_ECDSA");
        System.out.println("trusted");
      } catch (CertificateException error) { System.out.println("refused"); }
    }
  }
}`

test('Java, which does not look at the constraints of what it trusts, is held to the names too (AC-1.5)', {
  skip: !hasJava && 'there is no JDK',
}, async (context) => {
  const folder = folderOf(context)
  const material = await newMaterial()
  const store = join(folder, 'store')
  writeFileSync(join(folder, 'anchor.pem'), material.certificate)
  const imported = ['-importcert', '-noprompt', '-alias', 'a', '-keystore', store, '-storepass', 'changeit']
  execFileSync('keytool', [...imported, '-file', join(folder, 'anchor.pem')], { stdio: 'pipe' })
  const chains = ['api.example.com', 'other.example.com'].map((host) => {
    writeFileSync(join(folder, host), forge(material, host) + material.constrained!.issuing)
    return join(folder, host)
  })
  writeFileSync(join(folder, 'Trust.java'), javaProgram)
  const said = execFileSync('java', [join(folder, 'Trust.java'), store, ...chains])
  assert.equal(said.toString(), 'trusted\nrefused\n')
})

test('a constrained authority lives for 90 days at most, and its anchor has no key any more', async () => {
  const material = await newMaterial(365 * day)
  const [anchor, issuing] = [material.certificate, material.constrained!.issuing].map((pem) => new X509Certificate(pem))
  for (const certificate of [anchor!, issuing!]) {
    const validity = certificate.validToDate.getTime() - certificate.validFromDate.getTime()
    assert.ok(validity <= 90 * day && validity > 89 * day)
  }
  assert.ok(!anchor!.checkPrivateKey(createPrivateKey(material.privateKey)))
  assert.ok(issuing!.checkPrivateKey(createPrivateKey(material.privateKey)))
  assert.equal(JSON.stringify(material).match(/BEGIN PRIVATE KEY/g)?.length, 1)
})

test('a client that trusts the anchor gets the issuing certificate with the leaf (AC-1.3)', async () => {
  const material = await newMaterial()
  const authority = await openSandboxAuthority(JSON.parse(JSON.stringify(material)) as AuthorityMaterial, clock)
  const context = await authority.contextFor('api.example.com')
  const server = createServer({ SNICallback: (_name, done) => done(null, context) }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({ port, host: '127.0.0.1', servername: 'api.example.com', ca: material.certificate })
  try {
    await once(client, 'secureConnect')
    const issuer = client.getPeerX509Certificate()?.issuerCertificate
    assert.equal(issuer?.toString(), new X509Certificate(material.constrained!.issuing).toString())
    assert.equal(authority.certificate, material.certificate)
  } finally {
    client.destroy()
    server.close()
  }
})

test('a constrained authority issues nothing beyond its names', async () => {
  const authority = await openSandboxAuthority(await newMaterial(), clock)
  for (const host of ['api.example.com', 'one.wild.example.org']) await authority.contextFor(host)
  for (const host of ['example.com', 'www.example.com', 'xapi.example.com', 'coatcheck.internal']) {
    await assert.rejects(authority.contextFor(host), { code: 'destination_denied' })
  }
})
