import type { ProblemCode } from '@coatcheck/contract'
import { loginFault, loginFaultText } from '../login-fault.ts'
import { ServiceRefusal } from './service-refusal.ts'

/** Why a client was not let in, for the journal, and what it is told. */
export interface LoginFailure {
  readonly code: ProblemCode
  readonly note?: string
  readonly reply: ErrorReply
}

/** An error as MySQL has it. */
export interface ErrorReply {
  readonly number: number
  /** Five characters. */
  readonly sqlState: string
  readonly text: string
}

/** What MySQL says of the like, by problem. */
const numbers: Partial<Record<ProblemCode, readonly [number, string]>> = {
  login_refused: [1045, '28000'],
  upstream_login_refused: [1045, '28000'],
  session_refused: [1227, '42000'],
  rate_limited: [1040, '08004'],
  destination_denied: [1130, 'HY000'],
  request_malformed: [1043, '08S01'],
  client_timeout: [1159, '08S01'],
}

/** A refusal with the text that goes with its code. @param error how the service itself calls it, where it refused */
export function loginFailure(code: ProblemCode, note?: string, error?: ServiceRefusal): LoginFailure {
  const [number, sqlState] = error === undefined ? (numbers[code] ?? [1105, 'HY000']) : [error.number, error.sqlState]
  const text = `coatcheck: ${loginFaultText(code, 'MySQL')}${error === undefined ? '' : ` (error ${number})`}`
  return { code, ...(note === undefined ? {} : { note }), reply: { number, sqlState, text } }
}

/** What an error on the way to a session means. @param isUpstream whether the service is spoken to already */
export function failureOf(error: unknown, isUpstream: boolean): LoginFailure {
  if (error instanceof ServiceRefusal) return loginFailure('upstream_login_refused', `error ${error.number}`, error)
  const { code, note } = loginFault(error, isUpstream)
  return loginFailure(code, note)
}

/** The body of an error packet. @param isGreeting before the client has said what it understands */
export function errorBody({ number, sqlState, text }: ErrorReply, isGreeting: boolean): Buffer {
  const head = Buffer.of(0xff, number & 0xff, number >>> 8)
  return Buffer.concat([head, Buffer.from(isGreeting ? text : `#${sqlState}${text}`)])
}
