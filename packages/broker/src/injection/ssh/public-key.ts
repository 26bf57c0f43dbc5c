import { createHash, createPublicKey, type JsonWebKeyInput, type KeyObject, verify } from 'node:crypto'
import { SshFault } from './ssh-fault.ts'
import { mpint, string } from './wire-forms.ts'
import { WireReader } from './wire-reader.ts'

/** Kinds of keys. RFC 8709, RFC 5656, RFC 8332. */
export type KeyKind = 'ssh-ed25519' | 'ecdsa-sha2-nistp256' | 'ecdsa-sha2-nistp384' | 'ssh-rsa'

/** Ways to sign, by the kind of key that signs. SECURITY: none of them hashes with SHA-1 (RFC 8332, RFC 9142). */
export const signatureAlgorithms: Readonly<Record<KeyKind, readonly string[]>> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
}

/** Curves by the kind of key: the name in RFC 5656 §10.1, the name in JSON Web Keys, bytes of a coordinate, the hash. */
export const curves = {
  'ecdsa-sha2-nistp256': { name: 'nistp256', web: 'P-256', bytes: 32, hash: 'sha256' },
  'ecdsa-sha2-nistp384': { name: 'nistp384', web: 'P-384', bytes: 48, hash: 'sha384' },
} as const

/** Least and most bits of the modulus of an RSA key. */
const rsaBits = { least: 2048, most: 16_384 } as const

/** A public key, as RFC 4253 §6.6 has it. */
export interface PublicKey {
  readonly kind: KeyKind
  readonly blob: Buffer
  readonly key: KeyObject
}

/** Whether a name is one of a kind of key. */
export function isKeyKind(name: string): name is KeyKind {
  return Object.hasOwn(signatureAlgorithms, name)
}

/** Reads the blob of a public key. @throws SshFault */
export function readPublicKey(blob: Buffer): PublicKey {
  const reader = new WireReader(blob)
  const kind = reader.text(64)
  if (!isKeyKind(kind)) throw new SshFault('a key is of a kind that is not known')
  const key = importKey(publicMembers(kind, reader))
  reader.end()
  if (kind === 'ssh-rsa') demandStrongRsa(key)
  return { kind, blob, key }
}

/** The public half of a key as a blob. @throws SshFault for kinds that are not known */
export function publicBlob(key: KeyObject): { readonly kind: KeyKind; readonly blob: Buffer } {
  const { kty, crv, x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' })
  if (kty === 'OKP' && crv === 'Ed25519') return blobOf('ssh-ed25519', string(bytesOf(x)))
  if (kty === 'RSA') {
    demandStrongRsa(key)
    return blobOf('ssh-rsa', mpint(bytesOf(e)), mpint(bytesOf(n)))
  }
  for (const kind of ['ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384'] as const) {
    const { web, name } = curves[kind]
    const point = Buffer.concat([Buffer.of(4), bytesOf(x), bytesOf(y)])
    if (kty === 'EC' && crv === web) return blobOf(kind, string(name), string(point))
  }
  throw new SshFault('a key is of a kind that is not known')
}

/** Fingerprint of a key, as OpenSSH writes it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

/** Whether a signature holds, made in just this way. RFC 4253 §6.6. Never throws. */
export function isSignedBy({ kind, key }: PublicKey, algorithm: string, data: Buffer, signature: Buffer): boolean {
  try {
    const reader = new WireReader(signature)
    const [name, value] = [reader.text(64), reader.string()]
    reader.end()
    // SECURITY: the way that was agreed on, and no other that the key could do as well.
    if (name !== algorithm || !signatureAlgorithms[kind].includes(algorithm)) return false
    if (kind === 'ssh-ed25519') return value.length === 64 && verify(null, data, key, value)
    if (kind === 'ssh-rsa') return verifyRsa(algorithm, data, key, value)
    const { bytes, hash } = curves[kind]
    const numbers = new WireReader(value)
    const pair = [numbers.mpint(), numbers.mpint()]
    numbers.end()
    if (pair.some(({ length }) => length > bytes)) return false
    const joined = Buffer.concat(pair.map((number) => padded(number, bytes)))
    return verify(hash, data, { key, dsaEncoding: 'ieee-p1363' }, joined)
  } catch {
    return false
  }
}

function verifyRsa(algorithm: string, data: Buffer, key: KeyObject, value: Buffer): boolean {
  const length = Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
  if (value.length > length) return false
  return verify(algorithm === 'rsa-sha2-512' ? 'sha512' : 'sha256', data, key, padded(value, length))
}

function publicMembers(kind: KeyKind, reader: WireReader): JsonWebKeyInput['key'] {
  if (kind === 'ssh-ed25519') {
    const point = reader.string()
    if (point.length !== 32) throw new SshFault('a key has a wrong length')
    return { kty: 'OKP', crv: 'Ed25519', x: webText(point) }
  }
  if (kind === 'ssh-rsa') {
    const [e, n] = [reader.mpint(), reader.mpint()]
    if (e.length > 8 || n.length > rsaBits.most / 8) throw new SshFault('a key is too long')
    return { kty: 'RSA', e: webText(e), n: webText(n) }
  }
  const { name, web, bytes } = curves[kind]
  const [curve, point] = [reader.text(64), reader.string()]
  // Points are not compressed (RFC 5656 §3.1 leaves that open, and nobody does it).
  if (curve !== name || point.length !== 1 + 2 * bytes || point[0] !== 4) throw new SshFault('a point is not valid')
  return { kty: 'EC', crv: web, x: webText(point.subarray(1, 1 + bytes)), y: webText(point.subarray(1 + bytes)) }
}

function importKey(key: JsonWebKeyInput['key']): KeyObject {
  try {
    return createPublicKey({ format: 'jwk', key })
  } catch {
    throw new SshFault('a key is not valid')
  }
}

function demandStrongRsa(key: KeyObject): void {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < rsaBits.least || bits > rsaBits.most) throw new SshFault('an RSA key is too short or too long')
}

function blobOf(kind: KeyKind, ...parts: readonly Buffer[]) {
  return { kind, blob: Buffer.concat([string(kind), ...parts]) }
}

function padded(number: Buffer, length: number): Buffer {
  return Buffer.concat([Buffer.alloc(length - number.length), number])
}

function webText(bytes: Buffer): string {
  return bytes.toString('base64url')
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
