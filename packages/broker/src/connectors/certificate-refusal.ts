import { CoatcheckError } from '@coatcheck/contract'
import { ProtocolError } from './protocol-error.ts'

/** Whether a service did not take the certificate that it was shown, in the handshake or behind it. */
export function isCertificateRefusal(error: unknown): boolean {
  if (error instanceof CoatcheckError) return error.code === 'upstream_certificate_refused'
  return error instanceof ProtocolError && error.isAboutCertificate
}
