import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import { SshFault } from '../../injection/ssh/ssh-fault.ts'
import { ReachError } from '../connector.ts'
import { UnknownHostKey } from './service-connection.ts'
import { LoginDeclined } from './service-login.ts'

/** Why a command did not run, for the journal and for the client. */
export interface SessionFailure {
  readonly code: ProblemCode
  readonly note?: string
  readonly text: string
}

/** The texts are our own. SECURITY: until the service has let the broker in, none of its own reaches the client. */
const texts: Partial<Record<ProblemCode, string>> = {
  upstream_login_refused: 'the service did not take the key of the broker; ask the operator to check it',
  upstream_key_untrusted: 'the service showed another host key than the grant pins; ask the operator to check it',
  upstream_malformed: 'the service did not start the command',
  upstream_unreachable: 'the service cannot be reached; try again later',
  upstream_timeout: 'the service did not answer in time; try again later',
}

/** What an error on the way to a running command means. */
export function failureOf(error: unknown, isLate: boolean): SessionFailure {
  if (isLate) return failure('upstream_timeout')
  if (error instanceof ReachError || error instanceof CoatcheckError) return failure(error.code)
  if (error instanceof UnknownHostKey) return failure('upstream_key_untrusted', `shown: ${error.fingerprint}`)
  if (error instanceof LoginDeclined) return failure('upstream_login_refused')
  return error instanceof SshFault ? failure('upstream_malformed', error.message) : failure('internal')
}

function failure(code: ProblemCode, note?: string): SessionFailure {
  return { code, ...(note === undefined ? {} : { note }), text: texts[code] ?? `refused (${code})` }
}
