import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { ReachError } from '../connector.ts'
import { ProtocolError } from '../protocol-error.ts'
import { LoginDeclined } from './mail-service.ts'
import { ownReply, type Reply } from './reply.ts'
import { ServiceFault } from './service-fault.ts'

/** Why a session ends, for the journal, and what the client is told. */
export interface SessionFailure {
  readonly code: ProblemCode
  readonly note?: string
  readonly reply: Reply
}

/** Ends a session, and says how. */
export class EndedSession extends Error {
  readonly failure: SessionFailure

  constructor(failure: SessionFailure) {
    super(failure.code)
    this.failure = failure
  }
}

/** How far a session is: before, in or behind the login to the service. */
export type SessionStage = 'client' | 'login' | 'session'

/** The texts are our own. SECURITY: until a login is done, none of the service's reaches the client. */
const texts: Partial<Record<ProblemCode, string>> = {
  upstream_login_refused: 'the service did not take the login of the broker',
  upstream_tls_untrusted: 'the certificate of the service cannot be verified',
  upstream_certificate_refused: 'the service does not take the certificate of the broker, or misses one',
  upstream_malformed: 'the service did not speak as the scope demands',
  upstream_unreachable: 'the service cannot be reached',
  upstream_timeout: 'the service did not answer in time',
  request_malformed: 'this is not the protocol of mail',
  client_timeout: 'the login took too long',
}

/** The end of a session, with the text that goes with its code. */
export function sessionFailure(code: ProblemCode, stage: SessionStage, note?: string): SessionFailure {
  const text = texts[code] ?? `refused (${code})`
  const reply = code === 'request_malformed' ? ([500, '5.5.2'] as const) : ([421, '4.3.2'] as const)
  const [number, enhanced] = stage === 'login' ? ([454, '4.7.0'] as const) : reply
  return { code, reply: ownReply(number, text, enhanced), ...(note !== undefined && { note }) }
}

/** What an error in a session means. */
export function failureOf(error: unknown, stage: SessionStage): SessionFailure {
  if (error instanceof EndedSession) return error.failure
  if (error instanceof ReachError || error instanceof CoatcheckError) return sessionFailure(error.code, stage)
  if (error instanceof LoginDeclined) return sessionFailure('upstream_login_refused', stage, `reply ${error.replyCode}`)
  if (!(error instanceof ProtocolError)) return sessionFailure('internal', stage)
  const isClosed = error.message === 'closed'
  if (stage === 'login' && error.isAboutCertificate) return sessionFailure('upstream_certificate_refused', stage)
  if (stage === 'login' || error instanceof ServiceFault) {
    return sessionFailure(isClosed ? 'upstream_unreachable' : 'upstream_malformed', stage, error.message)
  }
  return sessionFailure(isClosed ? 'client_disconnected' : 'request_malformed', stage, error.message)
}
