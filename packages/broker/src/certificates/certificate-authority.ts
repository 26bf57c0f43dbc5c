import type { SecureContext } from 'node:tls'

/** Authority of one sandbox. Its key lives in memory and ends with the sandbox. */
export interface CertificateAuthority {
  /** Certificate of the authority, PEM. */
  readonly certificate: string
  /** TLS context with a leaf for `host`, issued on first use and again before it expires. */
  contextFor(host: string): Promise<SecureContext>
}
