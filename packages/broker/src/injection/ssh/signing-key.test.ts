import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { readOpensshPrivateKey, writeOpensshPrivateKey } from './openssh-private-key.ts'
import { isSignedBy, readPublicKey, signatureAlgorithms } from './public-key.ts'
import { readSigningKey, type SigningKey, signingKey, signWith } from './signing-key.ts'
import { SshFault } from './ssh-fault.ts'
import { string } from './wire-forms.ts'

const data = Buffer.from('what both sides said')
const makers: readonly (readonly [string, () => { readonly privateKey: KeyObject }])[] = [
  ['Ed25519', () => generateKeyPairSync('ed25519')],
  ['ECDSA P-256', () => generateKeyPairSync('ec', { namedCurve: 'P-256' })],
  ['ECDSA P-384', () => generateKeyPairSync('ec', { namedCurve: 'P-384' })],
  ['RSA', () => generateKeyPairSync('rsa', { modulusLength: 2048 })],
]

function read(key: KeyObject, type: 'pkcs8' | 'sec1' | 'pkcs1' = 'pkcs8'): SigningKey {
  return readSigningKey(Buffer.from(key.export({ format: 'pem', type } as { format: 'pem'; type: 'pkcs8' }) as string))
}

for (const [name, make] of makers) {
  test(`a key of ${name} in PKCS#8 signs in each of its ways, and nothing else is taken for that`, () => {
    const { privateKey } = make()
    const key = read(privateKey)
    const shown = readPublicKey(key.blob)
    for (const algorithm of signatureAlgorithms[key.kind]) {
      // Numbers of a signature are of any length; so are paddings.
      for (let round = 0; round < 12; round += 1)
        assert.ok(isSignedBy(shown, algorithm, data, signWith(key, algorithm, data)))
      const signature = signWith(key, algorithm, data)
      assert.equal(isSignedBy(shown, algorithm, Buffer.from('else'), signature), false)
      assert.equal(isSignedBy(shown, 'ssh-rsa', data, signature), false)
      assert.equal(isSignedBy(readPublicKey(read(make().privateKey).blob), algorithm, data, signature), false)
      for (const bad of [
        signature.subarray(0, -1),
        Buffer.concat([signature, Buffer.of(0)]),
        Buffer.alloc(0),
        string(algorithm),
      ]) {
        assert.equal(isSignedBy(shown, algorithm, data, bad), false)
      }
    }
    assert.throws(() => signWith(key, 'ssh-rsa-sha1', data), SshFault)
  })
}

test('older forms of OpenSSL are read too', () => {
  assert.equal(read(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, 'pkcs1').kind, 'ssh-rsa')
  assert.equal(read(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey, 'sec1').kind, 'ecdsa-sha2-nistp256')
})

test('a key is written as OpenSSH has it, and read again', () => {
  const { privateKey } = generateKeyPairSync('ed25519')
  const text = writeOpensshPrivateKey(privateKey)
  for (const each of [text, `${text}\n`, text.replaceAll('\n', '\r\n'), `\n${text}\n\n`]) {
    assert.deepEqual(signingKey(readOpensshPrivateKey(each)).blob, signingKey(privateKey).blob)
  }
})

const locked = { cipher: 'aes-256-cbc', passphrase: 'secret', format: 'pem', type: 'pkcs8' } as const
const unusable: readonly (readonly [string, () => string, RegExp])[] = [
  ['with a passphrase', () => String(generateKeyPairSync('ed25519').privateKey.export(locked)), /passphrase/],
  ['of RSA that is too short', () => pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey), /too short/],
  ['of a curve that is not known', () => pem(generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey), /kind/],
  [
    'that is cut',
    () => writeOpensshPrivateKey(generateKeyPairSync('ed25519').privateKey).slice(0, 150),
    /cannot be read/,
  ],
  ['that is no key', () => 'ssh-ed25519 AAAA', /cannot be read/],
  ['that is too long', () => 'x'.repeat(40_000), /too long/],
]

for (const [what, make, reason] of unusable) {
  test(`a key ${what} is refused`, () => {
    assert.throws(
      () => readSigningKey(Buffer.from(make())),
      (error) => error instanceof SshFault && reason.test(error.message),
    )
  })
}

function pem(key: KeyObject): string {
  return String(key.export({ format: 'pem', type: 'pkcs8' }))
}
