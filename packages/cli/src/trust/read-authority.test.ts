import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { derItems } from './der-items.ts'
import { readAuthority } from './read-authority.ts'

const skip = spawnSync('openssl', ['version']).status !== 0 && 'openssl is not installed'
const folder = mkdtempSync(join(tmpdir(), 'coatcheck-authority-'))
after(() => rmSync(folder, { recursive: true }))

const everyAddress = 'excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0'
const good: Readonly<Record<string, string>> = {
  basicConstraints: 'critical,CA:true,pathlen:1',
  extendedKeyUsage: 'serverAuth',
  nameConstraints: `critical,permitted;DNS:api.example.com,permitted;DNS:example.org,${everyAddress}`,
}

/** A certificate of openssl's making; an extension that is empty is left out. */
function certificate(extensions: Readonly<Record<string, string>>, days = 30): string {
  const lines = Object.entries({ ...good, ...extensions }).filter(([, value]) => value !== '')
  const config = ['[req]', 'distinguished_name=dn', '[dn]', '[ca]', ...lines.map(([name, value]) => `${name}=${value}`)]
  writeFileSync(join(folder, 'config'), config.join('\n'))
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', join(folder, 'key')]
  const named = ['-subj', '/CN=test', '-days', String(days), '-config', join(folder, 'config'), '-extensions', 'ca']
  return execFileSync('openssl', ['req', '-x509', ...key, ...named], { stdio: 'pipe' }).toString()
}

test('an authority is described by its certificate, the first one of a bundle (R-99)', { skip }, () => {
  const pem = certificate({})
  const authority = readAuthority(pem + certificate({ nameConstraints: '' }), new Date())
  writeFileSync(join(folder, 'pem'), pem)
  const printed = execFileSync('openssl', ['x509', '-in', join(folder, 'pem'), '-noout', '-fingerprint', '-sha256'])
  assert.equal(printed.toString().trim().split('=')[1], authority.fingerprint)
  assert.deepEqual(authority.names, ['api.example.com', 'example.org'])
  assert.match(authority.label, /^coatcheck-[0-9a-f]{24}$/)
})

const refusals: readonly [string, Readonly<Record<string, string>>][] = [
  ['one without constraints', { nameConstraints: '' }],
  ['constraints that are not critical', { nameConstraints: good['nameConstraints']!.replace('critical,', '') }],
  ['constraints that let addresses through', { nameConstraints: 'critical,permitted;DNS:api.example.com' }],
  [
    'constraints that let addresses of version 6 through',
    { nameConstraints: 'critical,permitted;DNS:api.example.com,excluded;IP:0.0.0.0/0.0.0.0' },
  ],
  ['constraints that permit nothing and so every name', { nameConstraints: `critical,${everyAddress}` }],
  ['a whole top-level domain', { nameConstraints: `critical,permitted;DNS:com,${everyAddress}` }],
  ['whatever lies below a top-level domain', { nameConstraints: `critical,permitted;DNS:.com,${everyAddress}` }],
  [
    'a permitted name of another kind',
    { nameConstraints: `critical,permitted;DNS:api.example.com,permitted;email:example.com,${everyAddress}` },
  ],
  ['no limit to its path', { basicConstraints: 'critical,CA:true' }],
  ['a long path', { basicConstraints: 'critical,CA:true,pathlen:2' }],
  ['path limits that are not critical', { basicConstraints: 'CA:true,pathlen:0' }],
  ['no authority', { basicConstraints: 'critical,CA:false' }],
  ['one that is good for mail too', { extendedKeyUsage: 'serverAuth,emailProtection' }],
  ['one that is good for everything', { extendedKeyUsage: '' }],
]

for (const [what, extensions] of refusals) {
  test(`not to be put into trust stores: ${what} (AC-1.5)`, { skip }, () => {
    assert.throws(() => readAuthority(certificate(extensions), new Date()), { code: 'authority_unconstrained' })
  })
}

test('not to be put into trust stores: what lives too long, is over, or is no certificate (AC-1.5)', { skip }, () => {
  const code = 'authority_unconstrained'
  assert.throws(() => readAuthority(certificate({}, 91), new Date()), { code })
  assert.throws(() => readAuthority(certificate({}), new Date(Date.now() + 31 * 24 * 60 * 60 * 1000)), { code })
  for (const text of ['', 'PEM', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
    assert.throws(() => readAuthority(text, new Date()), { code })
  }
})

test('DER that is cut short, or longer than it says, is not read', () => {
  for (const hex of ['30', '3003', '300201', '3080', '30840000000100', '1f0100', '0500ff'])
    assert.equal(derItems(Buffer.from(hex, 'hex')), undefined, hex)
  assert.deepEqual(derItems(Buffer.from('30020500', 'hex')), [{ tag: 0x30, content: Buffer.from('0500', 'hex') }])
})
