import { createHash, type KeyObject, randomBytes, sign } from 'node:crypto'
import { der } from './der.ts'
import { nameConstraints } from './name-constraints.ts'

/** What a certificate says, beside the extensions of its kind. */
export interface CertificateContent {
  /** Common name of the subject; empty for none. At most 64 characters (RFC 5280, appendix A.1). */
  readonly subject: string
  /** Key that the certificate is about, in SubjectPublicKeyInfo form. */
  readonly publicKey: Uint8Array
  readonly notBefore: Date
  readonly notAfter: Date
  /** `authority`: signs others. `serverName`: proves one name to TLS clients. */
  readonly kind: AuthorityKind | { readonly serverName: string }
}

interface AuthorityKind {
  readonly authority: true
  /** How many authorities may stand between it and a leaf; none when absent. */
  readonly pathLength?: 0 | 1
  /** Names for which, and below which, it may speak, to TLS clients only; every one when absent. */
  readonly names?: readonly string[]
}

/** Who signs: an ECDSA P-256 key under the name and key of its own certificate. */
export interface CertificateIssuer {
  readonly subject: string
  readonly publicKey: Uint8Array
  readonly privateKey: KeyObject
}

const ecdsaWithSha256 = der.sequence(der.objectId('1.2.840.10045.4.3.2'))
/** extKeyUsage serverAuth. */
const serverUse = extension('2.5.29.37', false, der.sequence(der.objectId('1.3.6.1.5.5.7.3.1')))
const version3 = der.explicit(0, der.unsigned(Uint8Array.of(2)))
const keyUsage = { keyCertSign: der.bits(Uint8Array.of(0x04), 2), digitalSignature: der.bits(Uint8Array.of(0x80), 7) }

/** Issues a certificate in the profile of RFC 5280, PEM. */
export function issueCertificate(content: CertificateContent, issuer: CertificateIssuer): string {
  const body = der.sequence(
    version3,
    der.unsigned(serialNumber()),
    ecdsaWithSha256,
    distinguishedName(issuer.subject),
    der.sequence(der.time(content.notBefore), der.time(content.notAfter)),
    distinguishedName(content.subject),
    content.publicKey,
    der.explicit(3, der.sequence(...extensionsOf(content, issuer))),
  )
  const signature = sign('sha256', body, issuer.privateKey)
  const certificate = der.sequence(body, ecdsaWithSha256, der.bits(signature)).toString('base64')
  return `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`
}

function extensionsOf({ subject, publicKey, kind }: CertificateContent, issuer: CertificateIssuer): Buffer[] {
  const keys = [
    extension('2.5.29.14', false, der.octets(keyIdentifier(publicKey))),
    extension('2.5.29.35', false, der.sequence(der.implicit(0, keyIdentifier(issuer.publicKey)))),
  ]
  if ('authority' in kind) {
    const { pathLength = 0, names } = kind
    // SECURITY: a path length, so that a stolen leaf can never become an authority.
    const constraints = der.sequence(der.boolean(true), der.unsigned(Uint8Array.of(pathLength)))
    return [
      extension('2.5.29.19', true, constraints),
      extension('2.5.29.15', true, keyUsage.keyCertSign),
      // SECURITY: critical, so that whoever does not know the constraint does not trust the authority at all.
      ...(names === undefined ? [] : [extension('2.5.29.30', true, nameConstraints(names)), serverUse]),
      ...keys,
    ]
  }
  const name = der.implicit(2, Buffer.from(kind.serverName, 'latin1'))
  return [
    extension('2.5.29.15', true, keyUsage.digitalSignature),
    serverUse,
    // RFC 5280 §4.2.1.6: critical where it is the only name.
    extension('2.5.29.17', subject === '', der.sequence(name)),
    ...keys,
  ]
}

function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  return der.sequence(der.objectId(id), ...(critical ? [der.boolean(true)] : []), der.octets(value))
}

function distinguishedName(commonName: string): Buffer {
  if (commonName === '') return der.sequence()
  return der.sequence(der.set(der.sequence(der.objectId('2.5.4.3'), der.utf8(commonName))))
}

/** RFC 7093 §2, method 1; every key of ours has its 65 bytes of point at the end. */
function keyIdentifier(publicKey: Uint8Array): Buffer {
  return createHash('sha256').update(publicKey.subarray(-65)).digest().subarray(0, 20)
}

/** 127 random bits: unique, positive, and never a guess for whoever would prepare a collision. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes
}
