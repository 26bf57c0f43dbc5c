import { createPrivateKey, type JsonWebKeyInput, type KeyObject } from 'node:crypto'
import { curves, isKeyKind, type KeyKind } from './public-key.ts'
import { SshFault } from './ssh-fault.ts'
import { string, uint32 } from './wire-forms.ts'
import { WireReader } from './wire-reader.ts'

const magic = Buffer.from('openssh-key-v1\0')
const armour = /^\s*-----BEGIN OPENSSH PRIVATE KEY-----\r?\n([A-Za-z0-9+/=\r\n]+?)-----END OPENSSH PRIVATE KEY-----\s*$/
const blockBytes = 8

/** Whether a text is meant to be a key in the format of OpenSSH. */
export function isOpensshArmour(text: string): boolean {
  return text.trimStart().startsWith('-----BEGIN OPENSSH PRIVATE KEY-----')
}

/** Reads a key in the format of OpenSSH (PROTOCOL.key), one key, without a passphrase. @throws SshFault */
export function readOpensshPrivateKey(text: string): KeyObject {
  const [, body] = armour.exec(text) ?? []
  const bytes = Buffer.from(body ?? '', 'base64')
  if (!bytes.subarray(0, magic.length).equals(magic)) throw new SshFault('the key cannot be read')
  const reader = new WireReader(bytes.subarray(magic.length))
  const [cipher, derivation] = [reader.text(64), reader.text(64)]
  reader.string()
  if (cipher !== 'none' || derivation !== 'none') throw new SshFault('the key has a passphrase')
  if (reader.uint32() !== 1) throw new SshFault('it holds more than one key')
  reader.string()
  const section = reader.string()
  reader.end()
  const inner = new WireReader(section)
  const [check, same] = [inner.uint32(), inner.uint32()]
  if (check !== same) throw new SshFault('the key cannot be read')
  const kind = inner.text(64)
  if (!isKeyKind(kind)) throw new SshFault('the key is of a kind that is not known')
  try {
    return createPrivateKey({ format: 'jwk', key: privateMembers(kind, inner) })
  } catch {
    throw new SshFault('the key is not valid')
  } finally {
    bytes.fill(0)
  }
}

/** A key of Ed25519 in the same format. */
export function writeOpensshPrivateKey(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const blob = Buffer.concat([string('ssh-ed25519'), string(point)])
  // The two numbers are equal, so that a reader knows that it deciphered well; nothing is ciphered here.
  const open = Buffer.concat([uint32(0), uint32(0), blob, string(Buffer.concat([seed, point])), string('')])
  const missing = (blockBytes - (open.length % blockBytes)) % blockBytes
  const section = Buffer.concat([open, Buffer.from(Array.from({ length: missing }, (_, index) => index + 1))])
  const bytes = Buffer.concat([
    magic,
    string('none'),
    string('none'),
    string(''),
    uint32(1),
    string(blob),
    string(section),
  ])
  const lines = bytes.toString('base64').match(/.{1,70}/g) ?? []
  return ['-----BEGIN OPENSSH PRIVATE KEY-----', ...lines, '-----END OPENSSH PRIVATE KEY-----'].join('\n')
}

function privateMembers(kind: KeyKind, reader: WireReader): JsonWebKeyInput['key'] {
  if (kind === 'ssh-ed25519') {
    const [point, pair] = [reader.string(), reader.string()]
    if (point.length !== 32 || pair.length !== 64) throw new SshFault('the key is not valid')
    return { kty: 'OKP', crv: 'Ed25519', x: webText(point), d: webText(pair.subarray(0, 32)) }
  }
  if (kind === 'ssh-rsa') return rsaMembers(reader)
  const { web, bytes } = curves[kind]
  reader.string()
  const [point, d] = [reader.string(), reader.mpint()]
  if (point.length !== 1 + 2 * bytes || d.length > bytes) throw new SshFault('the key is not valid')
  const scalar = Buffer.concat([Buffer.alloc(bytes - d.length), d])
  const [x, y] = [point.subarray(1, 1 + bytes), point.subarray(1 + bytes)]
  return { kty: 'EC', crv: web, x: webText(x), y: webText(y), d: webText(scalar) }
}

function rsaMembers(reader: WireReader): JsonWebKeyInput['key'] {
  const [n, e, d, qi, p, q] = Array.from({ length: 6 }, () => reader.mpint())
  const exponent = number(d!)
  const rest = (prime: Buffer): string => {
    const hex = (exponent % (number(prime) - 1n)).toString(16)
    return webText(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'))
  }
  const [dp, dq] = [rest(p!), rest(q!)]
  return {
    kty: 'RSA',
    n: webText(n!),
    e: webText(e!),
    d: webText(d!),
    p: webText(p!),
    q: webText(q!),
    dp,
    dq,
    qi: webText(qi!),
  }
}

function number(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`)
}

function webText(bytes: Buffer): string {
  return bytes.toString('base64url')
}
