import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { connect, createServer, type SecureContext } from 'node:tls'
import { CoatcheckError } from '@coatcheck/contract'
import { createAuthorityMaterial, createSandboxAuthority, openSandboxAuthority } from './sandbox-authority.ts'

const minute = 60_000
const day = 24 * 60 * minute

class TestClock {
  #nowMs = Date.now()
  now(): Date {
    return new Date(this.#nowMs)
  }
  monotonicMs(): number {
    return this.#nowMs
  }
  advance(ms: number): void {
    this.#nowMs += ms
  }
}

async function newAuthority(lifetimeMs = day, name = 'test') {
  const clock = new TestClock()
  return { clock, authority: await createSandboxAuthority({ name, clock, lifetimeMs }) }
}

/** The chain that a TLS client receives, leaf first; rejects when a client that is given a `ca` does not trust it. */
async function shakeHands(context: SecureContext, servername: string, ca?: string): Promise<X509Certificate[]> {
  const server = createServer({ SNICallback: (_name, done) => done(null, context) })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect({
    ...{ port, host: '127.0.0.1', servername },
    ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
  })
  try {
    await once(client, 'secureConnect')
    const leaf = client.getPeerX509Certificate()
    assert.ok(leaf)
    return leaf.issuerCertificate === undefined ? [leaf] : [leaf, leaf.issuerCertificate]
  } finally {
    client.destroy()
    server.close()
  }
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0

for (const host of [
  'api.example.com',
  `${'long-label.'.repeat(8)}example.com`,
  'my_bucket.example.com',
  'xn--bcher-kva.de',
]) {
  test(`AC-1.3: openssl verifies the chain for ${host} strictly`, {
    skip: !hasOpenssl && 'openssl is not installed',
  }, async () => {
    const { authority } = await newAuthority(day, 'Tom’s sandbox, with a name that is longer than a common name may be')
    const [leaf] = await shakeHands(await authority.contextFor(host), host, authority.certificate)
    const folder = mkdtempSync(join(tmpdir(), 'coatcheck-test-'))
    try {
      writeFileSync(join(folder, 'ca.pem'), authority.certificate)
      writeFileSync(join(folder, 'leaf.pem'), leaf!.toString())
      const common = ['verify', '-x509_strict', '-no-CApath', '-no-CAstore', '-CAfile', join(folder, 'ca.pem')]
      const verified = execFileSync('openssl', [
        ...[...common, '-purpose', 'sslserver', '-verify_hostname', host, join(folder, 'leaf.pem')],
      ])
      assert.match(verified.toString(), /: OK\n$/)
      assert.match(execFileSync('openssl', [...common, join(folder, 'ca.pem')]).toString(), /: OK\n$/)
      const other = spawnSync('openssl', [...common, '-verify_hostname', 'other.example.com', join(folder, 'leaf.pem')])
      assert.notEqual(other.status, 0)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
}

test('AC-1.3: a leaf proves its own name only, to TLS servers only, and is served with its authority', async () => {
  const { authority } = await newAuthority()
  const [leaf, issuer] = await shakeHands(
    await authority.contextFor('api.example.com'),
    'api.example.com',
    authority.certificate,
  )
  assert.ok(leaf && issuer)
  assert.equal(leaf.subjectAltName, 'DNS:api.example.com')
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.1'])
  assert.equal(leaf.ca, false)
  assert.equal(issuer.toString(), new X509Certificate(authority.certificate).toString())
  assert.equal(leaf.verify(issuer.publicKey), true)
})

test('the authority signs leaves only, and lives as long as its sandbox', async () => {
  const { authority, clock } = await newAuthority(3 * day)
  const certificate = new X509Certificate(authority.certificate)
  assert.equal(certificate.ca, true)
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
  assert.ok(Math.abs(certificate.validToDate.getTime() - clock.now().getTime() - 3 * day) <= 1_000)
  assert.ok(clock.now().getTime() - certificate.validFromDate.getTime() >= 5 * minute)
  // basicConstraints, critical, with a path length of 0.
  assert.ok(certificate.raw.includes(Buffer.from('551d130101ff040830060101ff020100', 'hex')))
})

test('two sandboxes share no key, and do not trust each other', async () => {
  const [first, second] = [(await newAuthority()).authority, (await newAuthority()).authority]
  assert.notDeepEqual(
    new X509Certificate(first.certificate).publicKey,
    new X509Certificate(second.certificate).publicKey,
  )
  await assert.rejects(shakeHands(await first.contextFor('api.example.com'), 'api.example.com', second.certificate))
})

test('AC-1.3: a leaf is back-dated by at least five minutes', async () => {
  const { authority, clock } = await newAuthority()
  const [leaf] = await shakeHands(await authority.contextFor('a.example.com'), 'a.example.com', authority.certificate)
  assert.ok(clock.now().getTime() - leaf!.validFromDate.getTime() >= 5 * minute)
})

test('a leaf says when another one is issued: never, where it lives as long as its authority', async () => {
  const { authority, clock } = await newAuthority(3 * day)
  const { renewAtMs } = authority.leafFor('a.example.com')
  assert.equal(renewAtMs, new X509Certificate(authority.certificate).validToDate.getTime())
  const long = await newAuthority(30 * day)
  assert.ok(long.authority.leafFor('a.example.com').renewAtMs < clock.now().getTime() + 7 * day)
})

test('one context serves a host, also when its first uses come together', async () => {
  const { authority } = await newAuthority()
  const contexts = await Promise.all(Array.from({ length: 20 }, () => authority.contextFor('api.example.com')))
  assert.equal(new Set(contexts).size, 1)
  assert.equal(await authority.contextFor('api.example.com'), contexts[0])
  assert.notEqual(await authority.contextFor('www.example.com'), contexts[0])
})

test('AC-1.3: a leaf names its own key and its issuer’s, as the issuer does', {
  skip: !hasOpenssl && 'openssl is not installed',
}, async () => {
  const { authority } = await newAuthority()
  const [leaf] = await shakeHands(await authority.contextFor('a.example.com'), 'a.example.com', authority.certificate)
  const identifiers = (pem: string) => {
    const asked = ['x509', '-noout', '-ext', 'subjectKeyIdentifier,authorityKeyIdentifier']
    const text = execFileSync('openssl', asked, { input: pem }).toString()
    const [, subject] = /Subject Key Identifier:\s*\n\s*([0-9A-F:]{59})\n/.exec(text) ?? []
    const [, issuer] = /Authority Key Identifier:\s*\n\s*(?:keyid:)?([0-9A-F:]{59})\n/.exec(text) ?? []
    assert.ok(subject && issuer, text)
    return { subject, issuer }
  }
  const [own, signer] = [identifiers(leaf!.toString()), identifiers(authority.certificate)]
  assert.deepEqual([own.issuer, signer.issuer], [signer.subject, signer.subject])
  assert.notEqual(own.subject, signer.subject)
})

test('AC-1.3: in a process that stays up for a month, what is served is good for days, up to the end', async () => {
  const { authority, clock } = await newAuthority(30 * day)
  const end = new X509Certificate(authority.certificate).validToDate.getTime()
  const served = new Set<string>()
  for (let hour = 0; hour < 30 * 24; hour += 12) {
    const [leaf] = await shakeHands(await authority.contextFor('a.example.com'), 'a.example.com')
    const nowMs = clock.now().getTime()
    assert.ok(leaf!.validFromDate.getTime() <= nowMs - 5 * minute)
    const validTo = leaf!.validToDate.getTime()
    assert.ok(validTo === end || validTo - nowMs > 2 * day, `hour ${hour}`)
    served.add(leaf!.serialNumber)
    clock.advance(12 * 60 * minute)
  }
  assert.ok(served.size >= 5 && served.size <= 8)
})

test('AC-1.3: a leaf is issued again before it expires', async () => {
  const { authority, clock } = await newAuthority(30 * day)
  const first = await authority.contextFor('api.example.com')
  clock.advance(4 * day)
  assert.equal(await authority.contextFor('api.example.com'), first)
  clock.advance(2 * day)
  const second = await authority.contextFor('api.example.com')
  assert.notEqual(second, first)
  clock.advance(19 * day)
  assert.notEqual(await authority.contextFor('api.example.com'), second)
})

test('a leaf that ends with its sandbox is not issued again, and nothing is issued afterwards', async () => {
  const { authority, clock } = await newAuthority(day)
  const first = await authority.contextFor('api.example.com')
  clock.advance(day - minute)
  assert.equal(await authority.contextFor('api.example.com'), first)
  clock.advance(minute)
  await assert.rejects(
    authority.contextFor('api.example.com'),
    (error) => error instanceof CoatcheckError && error.code === 'sandbox_expired',
  )
})

test('no more contexts are kept than the limit; the one used least recently goes first', async () => {
  const { authority } = await newAuthority()
  const kept = await authority.contextFor('kept.example.com')
  const dropped = await authority.contextFor('dropped.example.com')
  for (let index = 0; index < 255; index += 1) {
    await authority.contextFor(`host-${index}.example.com`)
    assert.equal(await authority.contextFor('kept.example.com'), kept)
  }
  assert.notEqual(await authority.contextFor('dropped.example.com'), dropped)
})

for (const host of [
  '',
  'API.example.com',
  '*.example.com',
  'a.example.com,DNS:b.example.com',
  'a\0.example.com',
  '10.0.0.1',
]) {
  test(`no certificate is issued for ${JSON.stringify(host)} (R-08)`, async () => {
    const { authority } = await newAuthority()
    await assert.rejects(
      authority.contextFor(host),
      (error) => error instanceof CoatcheckError && error.code === 'request_malformed',
    )
  })
}

test('an authority that is opened again is the same one: who trusts the first trusts the leaves of the second', async () => {
  const clock = new TestClock()
  const material = await createAuthorityMaterial({ name: 'kept', clock, lifetimeMs: day })
  const [first, second] = [await openSandboxAuthority(material, clock), await openSandboxAuthority(material, clock)]
  assert.equal(first.certificate, second.certificate)
  await shakeHands(await second.contextFor('api.example.com'), 'api.example.com', first.certificate)
})
