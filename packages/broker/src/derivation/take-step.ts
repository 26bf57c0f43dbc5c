import { CoatcheckError, type ProblemCode } from '@coatcheck/contract'
import type { AuditLog } from '../audit/audit-log.ts'
import type { RoutedGrant } from '../egress/routes.ts'
import type { Clock } from '../foundation/clock.ts'
import type {
  Derivation,
  GivenToken,
  ReadAnswer,
  RefusedToken,
  TokenEndpoint,
  TokenQuestion,
} from '../injection/derivation.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Secret } from '../vault/secret.ts'
import { askTokenEndpoint } from './ask-token-endpoint.ts'
import { DerivationRecord } from './derivation-record.ts'
import { reachOf } from './reach-of.ts'

/** One question, and what is made of its answer. */
export interface TokenStep {
  readonly secret: Secret
  readonly endpoint: TokenEndpoint
  ask(now: Date): TokenQuestion
  /** What the journal has of it; that it is a POST when absent. */
  readonly record?: Derivation['record']
  readonly read: ReadAnswer
  /** @returns the secret as it is now; undefined where somebody gave it another value meanwhile */
  settle(given: GivenToken): Secret | undefined
}

/** What was given, and for which version of the secret. */
export interface MadeToken {
  readonly secret: Secret
  readonly given: GivenToken
}

/** Why nothing was given that is used. */
export interface FailedStep {
  readonly failure: CoatcheckError
  /** What was given nevertheless. */
  readonly surplus?: string | undefined
  /** It is so whatever is asked for by the same asker. */
  readonly isOfAsker?: true | undefined
}

/** What steps are taken with. */
export interface StepParts {
  readonly audit: AuditLog
  readonly clock: Clock
  readonly upstream: Upstream
  readonly signal: AbortSignal
}

/** What says that a service could not be asked, and nothing about what it was to be asked with. */
const ofNetwork: ReadonlySet<ProblemCode> = new Set([
  'destination_ip_prohibited',
  'destination_unresolved',
  'upstream_malformed',
  'upstream_proxy_refused',
  'upstream_proxy_unreachable',
  'upstream_timeout',
  'upstream_tls_untrusted',
  'upstream_unreachable',
])

/**
 * Asks one question, with its records. @returns undefined where the secret has another value meanwhile: that one counts
 * @throws CoatcheckError of the step, where it says nothing about the service
 */
export async function takeStep(
  { audit, clock, signal, upstream }: StepParts,
  grant: RoutedGrant,
  { ask, endpoint, read, record: about, secret, settle }: TokenStep,
): Promise<MadeToken | FailedStep | undefined> {
  const { host } = endpoint.destination
  const record = new DerivationRecord(audit, grant, secret, endpoint, about)
  await record.begin()
  try {
    const answer = await askTokenEndpoint(upstream, endpoint, ask(clock.now()), reachOf(grant, endpoint), signal)
    const reply = read(answer, clock.now())
    answer.body.fill(0)
    if (reply.outcome === 'refused') {
      const failure = errorOf(reply, host)
      await record.refused(failure, answer.status)
      return { failure, surplus: reply.surplus, isOfAsker: reply.isOfAsker }
    }
    const present = settle(reply)
    await record.completed(answer.status, present)
    return present && { secret: present, given: reply }
  } catch (error) {
    const known = error instanceof CoatcheckError ? error : new CoatcheckError('upstream_timeout', {}, { cause: error })
    if (known.code === 'audit_unavailable') throw known
    await record.refused(known)
    if (!ofNetwork.has(known.code)) throw known
    return { failure: tokenUnavailable(host, 'it could not be asked', known) }
  }
}

function errorOf({ reason, isFinal }: RefusedToken, host: string): CoatcheckError {
  return isFinal ? new CoatcheckError('sign_in_needed', { host, reason }) : tokenUnavailable(host, reason)
}

/** SECURITY: why a name leads nowhere stays in the broker: a sandbox must not learn what lies behind it. */
export function tokenUnavailable(host: string, reason: string, cause?: Error): CoatcheckError {
  return new CoatcheckError('token_unavailable', { host, reason }, { cause })
}
