import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { CoatcheckError } from '@coatcheck/contract'
import type { ClientIdentity } from '../foundation/client-identity.ts'
import { systemClock } from '../foundation/clock.ts'

const certificateBlock = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g
const keyBlock = /-----BEGIN ((?:RSA |EC )?PRIVATE KEY)-----([^-]+)-----END \1-----/g
/** Keys under a passphrase: PKCS #8, and the older form of OpenSSL. */
const encrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m

/** A client certificate, ready to be shown. */
export interface ClientCertificate extends ClientIdentity {
  /** From when on services refuse it. */
  readonly notAfter: Date
}

/**
 * Reads a secret that is a PEM bundle: one private key, its certificate, and those between it and a root, in any order. SECURITY: no
 * refusal repeats anything of the text.
 * @throws CoatcheckError `secret_unusable`
 */
export function readClientCertificate(secret: Uint8Array): ClientCertificate {
  const text = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('latin1')
  if (encrypted.test(text)) {
    throw unusable('the private key is encrypted', 'Decrypt it with `openssl pkey -in key.pem`, and store the result.')
  }
  const [keyText, second] = text.match(keyBlock) ?? []
  const blocks = text.match(certificateBlock) ?? []
  if (keyText === undefined) throw unusable('it holds no private key in PEM', bundleHint)
  if (second !== undefined) throw unusable('it holds more than one private key', bundleHint)
  if (blocks.length === 0) throw unusable('it holds no certificate in PEM', bundleHint)
  const key = parsed(() => createPrivateKey(keyText), 'the private key cannot be read')
  const chain = blocks.map((block) => parsed(() => new X509Certificate(block), 'a certificate cannot be read'))
  const own = chain.find((certificate) => belongs(certificate, key))
  if (own === undefined) throw unusable('the private key belongs to none of the certificates', bundleHint)
  // RFC 8446 §4.4.2: the client's own certificate is the first one.
  const ordered = [own, ...chain.filter((certificate) => certificate !== own)]
  const certificates = ordered.map((certificate) => certificate.toString()).join('')
  parsed(() => createSecureContext({ cert: certificates, key: keyText, ca: [] }), 'TLS does not take it')
  return { certificates, key: keyText, notAfter: own.validToDate }
}

/** Refuses a certificate that is over. @throws CoatcheckError `secret_unusable` */
export function demandLasting({ notAfter }: ClientCertificate): void {
  if (notAfter > systemClock.now()) return
  throw unusable(`the certificate expired on ${notAfter.toISOString()}`, 'Store one that is good.')
}

/** The lines of the private key that are long enough to be told from other text; none where it cannot be read. */
export function privateKeyLines(secret: Uint8Array): Uint8Array[] {
  const text = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('latin1')
  const [[, , body = ''] = []] = text.matchAll(keyBlock)
  const lines = body.split('\n').map((line) => line.trim())
  return lines.filter(({ length }) => length >= tellingLength).map((line) => Buffer.from(line, 'latin1'))
}

/** In characters; a line has 64 but for the last one. */
const tellingLength = 32

const bundleHint = 'Store the certificate, those that issued it, and the private key, as PEM, one behind the other.'

function parsed<Result>(parse: () => Result, reason: string): Result {
  try {
    return parse()
  } catch {
    // SECURITY: what a parser says about a text may quote it.
    throw unusable(reason, bundleHint)
  }
}

/** A certificate of a kind of key that OpenSSL cannot compare belongs to no key. */
function belongs(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.checkPrivateKey(key)
  } catch {
    return false
  }
}

function unusable(reason: string, hint: string): CoatcheckError {
  return new CoatcheckError('secret_unusable', { reason, hint })
}
