import type { ProblemCode } from '@coatcheck/contract'
import { loginFault, loginFaultText } from '../login-fault.ts'
import { LoginDeclined } from './service-login.ts'
import { fatalError } from './wire.ts'

/** Why a client was not let in, for the journal, and what it is told. */
export interface LoginFailure {
  readonly code: ProblemCode
  readonly note?: string
  readonly reply: Buffer
}

/** What PostgreSQL says of the like, by problem. */
const sqlStates: Partial<Record<ProblemCode, string>> = {
  login_refused: '28P01',
  upstream_login_refused: '28000',
  session_refused: '42501',
  rate_limited: '53300',
  destination_denied: '28000',
}

/** A refusal with the text that goes with its code. */
export function loginFailure(code: ProblemCode, note?: string): LoginFailure {
  const text = loginFaultText(code, 'PostgreSQL')
  return {
    code,
    ...(note === undefined ? {} : { note }),
    reply: fatalError(sqlStates[code] ?? '08006', `coatcheck: ${text}`),
  }
}

/** What an error on the way to a session means. @param isUpstream whether the service is spoken to already */
export function failureOf(error: unknown, isUpstream: boolean): LoginFailure {
  if (error instanceof LoginDeclined) return loginFailure('upstream_login_refused', `SQLSTATE ${error.sqlState}`)
  const { code, note } = loginFault(error, isUpstream)
  return loginFailure(code, note)
}
