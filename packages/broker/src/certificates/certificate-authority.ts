import type { SecureContext } from 'node:tls'

/** What a server shows for one host, and the key that goes with it. */
export interface CertificateLeaf {
  /** The chain without its root, PEM. */
  readonly certificate: string
  /** PKCS #8, PEM. */
  readonly privateKey: string
  /** Another one is issued from this instant on, in milliseconds since 1970. */
  readonly renewAtMs: number
}

/** Authority of one sandbox. Its key lives in memory and ends with the sandbox. */
export interface CertificateAuthority {
  /** Certificate of the authority, PEM. */
  readonly certificate: string
  /** TLS context with a leaf for `host`, issued on first use and again before it expires. */
  contextFor(host: string): Promise<SecureContext>
  /** The leaf itself. @throws CoatcheckError `sandbox_expired` | `request_malformed` | `destination_denied` */
  leafFor(host: string): CertificateLeaf
}
