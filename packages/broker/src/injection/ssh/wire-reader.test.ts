import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { HostKeyPins, isHostKeyPin } from './host-key-pins.ts'
import { readOpensshPrivateKey } from './openssh-private-key.ts'
import { readPublicKey } from './public-key.ts'
import { signingKey } from './signing-key.ts'
import { SshFault } from './ssh-fault.ts'
import { readUserCertificate } from './user-certificate.ts'
import { boolean, mpint, nameList, string, uint32 } from './wire-forms.ts'
import { WireReader } from './wire-reader.ts'

test('what is written is read again', () => {
  fc.assert(
    fc.property(
      fc.nat(0xffff_ffff),
      fc.boolean(),
      fc.uint8Array(),
      fc.uint8Array({ maxLength: 40 }),
      (count, flag, bytes, digits) => {
        const names = ['one', 'two@example.com']
        const said = Buffer.concat([uint32(count), boolean(flag), string(bytes), mpint(digits), nameList(names)])
        const reader = new WireReader(said)
        assert.equal(reader.uint32(), count)
        assert.equal(reader.boolean(), flag)
        assert.deepEqual([...reader.string()], [...bytes])
        assert.equal(
          reader
            .mpint()
            .toString('hex')
            .replace(/^(?:00)+/, ''),
          Buffer.from(digits)
            .toString('hex')
            .replace(/^(?:00)+/, ''),
        )
        assert.deepEqual(reader.names(), names)
        reader.end()
      },
    ),
  )
})

// RFC 4251 §5 has these.
const numbers: readonly (readonly [string, string])[] = [
  ['', '00000000'],
  ['09a378f9b2e332a7', '0000000809a378f9b2e332a7'],
  ['80', '000000020080'],
]

for (const [value, written] of numbers) {
  test(`the number ${value || 'zero'} is written as RFC 4251 has it`, () => {
    assert.equal(mpint(Buffer.from(value, 'hex')).toString('hex'), written)
    assert.equal(new WireReader(Buffer.from(written, 'hex')).mpint().toString('hex'), value)
  })
}

const faulty: readonly (readonly [string, string, (reader: WireReader) => unknown])[] = [
  ['a length beyond the end', 'ffffffff00', (reader) => reader.string()],
  ['half of a length', '0000', (reader) => reader.uint32()],
  ['a negative number', '0000000180', (reader) => reader.mpint()],
  ['a number with zeros at its start', '000000020001', (reader) => reader.mpint()],
  ['a number that is one zero', '0000000100', (reader) => reader.mpint()],
  ['a list with an empty name', '00000003612c2c', (reader) => reader.names()],
  ['a list with a space', '00000003612062', (reader) => reader.names()],
  ['a text with a line end', '000000020d0a', (reader) => reader.text(64)],
  ['a text that is too long', '00000003616263', (reader) => reader.text(2)],
  ['more than there should be', '00', (reader) => reader.end()],
]

for (const [what, bytes, read] of faulty) {
  test(`${what} is refused`, () => {
    assert.throws(() => read(new WireReader(Buffer.from(bytes, 'hex'))), SshFault)
  })
}

test('whatever the bytes, readers of keys refuse them and do nothing else', () => {
  const ownKey = signingKey(generateKeyPairSync('ed25519').privateKey)
  const members = ownKey.blob.subarray(string('ssh-ed25519').length)
  const certifiedStart = Buffer.concat([string('ssh-ed25519-cert-v01@openssh.com'), string(''), members])
  const parsers: readonly ((bytes: Buffer) => unknown)[] = [
    readPublicKey,
    (bytes) => readUserCertificate(bytes, ownKey),
    (bytes) => readUserCertificate(Buffer.concat([certifiedStart, bytes]), ownKey),
    (bytes) => readOpensshPrivateKey(bytes.toString('latin1')),
    (bytes) => readOpensshPrivateKey(armoured(Buffer.concat([Buffer.from('openssh-key-v1\0'), bytes]))),
  ]
  const kinds = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa'].map((kind) => string(kind))
  fc.assert(
    fc.property(fc.constantFrom(Buffer.alloc(0), ...kinds), fc.uint8Array({ maxLength: 300 }), (start, rest) => {
      for (const parse of parsers) {
        try {
          parse(Buffer.concat([start, rest]))
        } catch (error) {
          assert.ok(error instanceof SshFault, String(error))
        }
      }
    }),
  )
})

test('a line of known_hosts, a line of a .pub file and a fingerprint pin one key, and nothing else does', () => {
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
  const blob = Buffer.from(key.split(' ')[1]!, 'base64')
  for (const text of [
    key,
    `github.com ${key}`,
    `${key} comment`,
    'SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU',
  ]) {
    assert.ok(isHostKeyPin(text), text)
    const pins = new HostKeyPins([text])
    assert.ok(pins.holds(blob))
    assert.equal(pins.holds(Buffer.concat([blob, Buffer.of(0)])), false)
  }
  assert.deepEqual(new HostKeyPins([key]).algorithms, ['ssh-ed25519'])
  const others = [
    `@revoked * ${key}`,
    key.replace('ssh-ed25519', 'ssh-rsa'),
    'SHA256:short',
    'MD5:00:11',
    '*',
    '',
    `${key}=x`,
    'ssh-dss AAAA',
  ]
  for (const text of others) assert.equal(isHostKeyPin(text), false, text)
  assert.equal(new HostKeyPins([]).holds(blob), false)
})

function armoured(bytes: Buffer): string {
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${bytes.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`
}
