import { createHash } from 'node:crypto'
import { splitCertificates } from './ca-bundle.ts'

const magic = 0xfeed_feed
const version = 2
const trustedCertificate = 2
/** The password that every Java installation has on its own store; the entries are public. */
const password = 'changeit'
/** What the format mixes into its checksum. */
const whitener = 'Mighty Aphrodite'

/** A Java trust store (JKS) with the certificates of a bundle, as `/etc/ssl/certs/java/cacerts`. */
export function javaTrustStore(bundle: string): Uint8Array {
  const certificates = splitCertificates(bundle)
  const body = Buffer.concat([
    uint32(magic),
    uint32(version),
    uint32(certificates.length),
    ...certificates.map((pem, index) => entry(`root-${index}`, der(pem))),
  ])
  const key = Buffer.from(password, 'utf16le').swap16()
  const checksum = createHash('sha1').update(key).update(whitener).update(body).digest()
  return Buffer.concat([body, checksum])
}

function entry(alias: string, certificate: Buffer): Buffer {
  const createdAt = Buffer.alloc(8)
  return Buffer.concat([
    uint32(trustedCertificate),
    shortText(alias),
    createdAt,
    shortText('X.509'),
    uint32(certificate.length),
    certificate,
  ])
}

function der(pem: string): Buffer {
  return Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ''), 'base64')
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function shortText(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1')
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}
