import type { ProblemCode } from '@coatcheck/contract'
import type { Document } from 'bson'
import { loginFault, loginFaultText } from '../login-fault.ts'
import { LoginDeclined } from './service-login.ts'
import { errorCodes, errorDocument } from './wire.ts'

/** Why a client was not let in, for the journal, and what it is told. */
export interface LoginFailure {
  readonly code: ProblemCode
  readonly note?: string
  readonly document: Document
}

const kinds: Partial<Record<ProblemCode, { readonly code: number; readonly codeName: string }>> = {
  login_refused: errorCodes.authenticationFailed,
  upstream_login_refused: errorCodes.authenticationFailed,
  upstream_unreachable: errorCodes.hostUnreachable,
}

/** A refusal with the text that goes with its code. */
export function loginFailure(code: ProblemCode, note?: string): LoginFailure {
  const document = errorDocument(kinds[code] ?? errorCodes.unauthorized, loginFaultText(code, 'MongoDB'))
  return { code, ...(note === undefined ? {} : { note }), document }
}

/** What an error on the way to a session means. @param isUpstream whether the service is spoken to already */
export function failureOf(error: unknown, isUpstream: boolean): LoginFailure {
  if (error instanceof LoginDeclined) return loginFailure('upstream_login_refused', `code: ${error.errorCode}`)
  const { code, note } = loginFault(error, isUpstream)
  return loginFailure(code, note)
}
