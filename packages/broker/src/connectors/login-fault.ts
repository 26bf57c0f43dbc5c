import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { ReachError } from './connector.ts'
import { ProtocolError } from './protocol-error.ts'
import { RefusedSession } from './refused-session.ts'

/** The texts are our own. SECURITY: until a login is done, none of the service's reaches the client. */
const texts: Partial<Record<ProblemCode, string>> = {
  login_refused: 'the password is not the placeholder of this sandbox',
  upstream_login_refused: 'the service did not take the login of the broker',
  session_refused: 'the scope of the secret does not allow this session',
  upstream_tls_untrusted: 'the certificate of the service cannot be verified',
  upstream_certificate_refused: 'the service does not take the certificate of the broker, or misses one',
  upstream_malformed: 'the service did not log the broker in as the scope demands',
  upstream_unreachable: 'the service cannot be reached',
  client_timeout: 'the login took too long',
}

/** What a client is told of a problem on the way to a session. @param protocol how its protocol is called */
export function loginFaultText(code: ProblemCode, protocol: string): string {
  if (code === 'request_malformed') return `this is not the protocol of ${protocol}`
  return texts[code] ?? `refused (${code})`
}

/** What an error on the way to a session means, for the journal. @param isUpstream whether the service is spoken to already */
export function loginFault(
  error: unknown,
  isUpstream: boolean,
): { readonly code: ProblemCode; readonly note?: string | undefined } {
  if (error instanceof RefusedSession) return { code: error.code, note: error.note }
  if (error instanceof ReachError || error instanceof CoatcheckError) return { code: error.code }
  if (!(error instanceof ProtocolError)) return { code: 'internal' }
  const { message: note } = error
  if (error.isAboutCertificate && isUpstream) return { code: 'upstream_certificate_refused', note }
  if (isUpstream) return { code: 'upstream_malformed', note }
  return { code: note === 'closed' ? 'client_disconnected' : 'request_malformed', note }
}
