import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import type { Document } from 'bson'
import { ReachError } from '../connector.ts'
import { ProtocolError } from './message-reader.ts'
import { LoginDeclined } from './service-login.ts'
import { errorCodes, errorDocument } from './wire.ts'

/** Why a client was not let in, for the journal, and what it is told. */
export interface LoginFailure {
  readonly code: ProblemCode
  readonly note?: string
  readonly document: Document
}

/** The texts are our own. SECURITY: until a login is done, none of the service’s reaches the client. */
const texts: Partial<Record<ProblemCode, string>> = {
  login_refused: 'the password is not the placeholder of this sandbox',
  upstream_login_refused: 'the service did not take the login of the broker',
  upstream_tls_untrusted: 'the certificate of the service cannot be verified',
  upstream_malformed: 'the service did not log the broker in as the scope demands',
  upstream_unreachable: 'the service cannot be reached',
  request_malformed: 'this is not the protocol of MongoDB',
  client_timeout: 'the login took too long',
}

const kinds: Partial<Record<ProblemCode, { readonly code: number; readonly codeName: string }>> = {
  login_refused: errorCodes.authenticationFailed,
  upstream_login_refused: errorCodes.authenticationFailed,
  upstream_unreachable: errorCodes.hostUnreachable,
}

/** A refusal with the text that goes with its code. */
export function loginFailure(code: ProblemCode, note?: string): LoginFailure {
  const document = errorDocument(kinds[code] ?? errorCodes.unauthorized, texts[code] ?? `refused (${code})`)
  return { code, ...(note === undefined ? {} : { note }), document }
}

/** What an error on the way to a session means. @param isUpstream whether the service is spoken to already */
export function failureOf(error: unknown, isUpstream: boolean): LoginFailure {
  if (error instanceof ReachError) return loginFailure(error.code)
  if (error instanceof LoginDeclined) return loginFailure('upstream_login_refused', `code: ${error.errorCode}`)
  if (error instanceof CoatcheckError) return loginFailure(error.code)
  if (!(error instanceof ProtocolError)) return loginFailure('internal')
  if (isUpstream) return loginFailure('upstream_malformed', error.message)
  return loginFailure(error.message === 'closed' ? 'client_disconnected' : 'request_malformed', error.message)
}
