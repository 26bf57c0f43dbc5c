import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { ReachError } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { RefusedSession } from '../refused-session.ts'
import { LoginRefused } from './client-login.ts'
import { LoginDeclined } from './service-login.ts'

/** Why a client was not let in, for the journal, and what it is told. */
export interface LoginFailure {
  readonly code: ProblemCode
  readonly note?: string | undefined
  /** Undefined where the client was told already. */
  readonly reply: string | undefined
}

/** The texts are our own. SECURITY: until a login is done, none of the service's reaches the client. */
const texts: Partial<Record<ProblemCode, string>> = {
  session_refused: 'the service is a Sentinel; name the server that it watches',
  upstream_login_refused: 'the service did not take the login of the broker',
  upstream_tls_untrusted: 'the certificate of the service cannot be verified',
  upstream_certificate_refused: 'the service does not take the certificate of the broker, or misses one',
  upstream_malformed: 'the service did not answer as Redis does',
  upstream_unreachable: 'the service cannot be reached',
  upstream_timeout: 'the service did not answer in time',
  client_timeout: 'the login took too long',
}

/** What an error on the way to a session means. @param isUpstream whether the service is spoken to already */
export function failureOf(error: unknown, isUpstream: boolean): LoginFailure {
  if (error instanceof LoginRefused) return { code: 'login_refused', reply: undefined }
  if (error instanceof ReachError || error instanceof CoatcheckError) return failure(error.code)
  if (error instanceof RefusedSession) return { ...failure(error.code), note: error.note }
  if (error instanceof LoginDeclined) return failure('upstream_login_refused')
  if (!(error instanceof ProtocolError)) return failure('internal')
  const note = error.message
  if (isUpstream) {
    return { ...failure(error.isAboutCertificate ? 'upstream_certificate_refused' : 'upstream_malformed'), note }
  }
  return { code: note === 'closed' ? 'client_disconnected' : 'request_malformed', note, reply: undefined }
}

/** A failure with the text that goes with its code. */
export function failure(code: ProblemCode): LoginFailure {
  return { code, reply: `-ERR coatcheck: ${texts[code] ?? `refused (${code})`}\r\n` }
}
