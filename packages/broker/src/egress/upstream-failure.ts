import { CoatcheckError } from '@coatcheck/contract'
import { refusesCertificate } from '../upstream/refuses-certificate.ts'

/** What an error of a connection to a service means; every other error is handed back as it is. */
export function upstreamFailure(error: unknown): unknown {
  if (error instanceof CoatcheckError || !(error instanceof Error) || !('code' in error)) return error
  const code = String(error.code)
  // In TLS 1.3 a service says so behind the handshake.
  if (refusesCertificate(code)) return new CoatcheckError('upstream_certificate_refused', { reason: code })
  // Node's parser errors: the service did not speak HTTP as RFC 9112 has it.
  return new CoatcheckError(code.startsWith('HPE_') ? 'upstream_malformed' : 'upstream_unreachable', { reason: code })
}
