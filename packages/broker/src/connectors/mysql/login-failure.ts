import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { ReachError } from '../connector.ts'
import { ProtocolError } from './packet-link.ts'
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

/** The texts are our own. SECURITY: until a login is done, none of the service's reaches the client. */
const texts: Partial<Record<ProblemCode, string>> = {
  login_refused: 'the password is not the placeholder of this sandbox',
  upstream_login_refused: 'the service did not take the login of the broker',
  session_refused: 'the scope of the secret does not allow this session',
  upstream_tls_untrusted: 'the certificate of the service cannot be verified',
  upstream_malformed: 'the service did not log the broker in as the scope demands',
  upstream_unreachable: 'the service cannot be reached',
  request_malformed: 'this is not the protocol of MySQL',
  client_timeout: 'the login took too long',
}

/** A refusal with the text that goes with its code. @param error how the service itself calls it, where it refused */
export function loginFailure(code: ProblemCode, note?: string, error?: ServiceRefusal): LoginFailure {
  const [number, sqlState] = error === undefined ? (numbers[code] ?? [1105, 'HY000']) : [error.number, error.sqlState]
  const text = `coatcheck: ${texts[code] ?? `refused (${code})`}${error === undefined ? '' : ` (error ${number})`}`
  return { code, ...(note === undefined ? {} : { note }), reply: { number, sqlState, text } }
}

/** What an error on the way to a session means. @param isUpstream whether the service is spoken to already */
export function failureOf(error: unknown, isUpstream: boolean): LoginFailure {
  if (error instanceof ReachError) return loginFailure(error.code)
  if (error instanceof ServiceRefusal) return loginFailure('upstream_login_refused', `error ${error.number}`, error)
  if (error instanceof CoatcheckError) return loginFailure(error.code)
  if (!(error instanceof ProtocolError)) return loginFailure('internal')
  if (isUpstream) return loginFailure('upstream_malformed', error.message)
  return loginFailure(error.message === 'closed' ? 'client_disconnected' : 'request_malformed', error.message)
}

/** The body of an error packet. @param isGreeting before the client has said what it understands */
export function errorBody({ number, sqlState, text }: ErrorReply, isGreeting: boolean): Buffer {
  const head = Buffer.of(0xff, number & 0xff, number >>> 8)
  return Buffer.concat([head, Buffer.from(isGreeting ? text : `#${sqlState}${text}`)])
}
