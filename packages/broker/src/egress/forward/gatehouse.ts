import type { ProblemCode, SafeFacts } from '@coatcheck/contract'
import type { AuditLog } from '../../audit/audit-log.ts'
import { canonicalTarget } from '../../foundation/canonical-path.ts'
import type { Clock } from '../../foundation/clock.ts'
import { newIdentifier } from '../../foundation/identifier.ts'
import { RateLimiter } from '../../foundation/rate-limiter.ts'
import { isSigningKeyId } from '../../foundation/signing-placeholder.ts'
import { readVirtualKey } from '../../foundation/virtual-key-text.ts'
import { whenKnown } from '../../foundation/when-known.ts'
import type { HeaderField } from '../../http/header-field.ts'
import { describeRefusal, refuse } from '../refusal.ts'
import { candidateTokens } from '../stages/candidate-tokens.ts'
import type { Admission, AdmitOptions, Admitting } from './doorkeeper.ts'
import { type PresentedIdentity, readIdentifiedTarget, readProxyAuthorization } from './presented-identity.ts'

/** What a gatehouse works with. */
export interface GatehouseParts {
  readonly audit: AuditLog
  readonly clock: Clock
  readonly doorkeeper: Admitting
  /** Project of records about those of whom nothing is known. */
  readonly project: string
  /** The listener is on loopback. */
  readonly loopback: boolean
}

/** The part of a request that may say who is calling. */
export interface IdentifiedRequest {
  readonly method?: string
  readonly target: string
  readonly fields: readonly HeaderField[]
}

/** Who a request says it comes from, and what is left of it without that. */
export interface Identified {
  /** Undefined when it shows nothing. */
  readonly admission: Admission | undefined
  /** The request's field was what showed it. */
  readonly byField: boolean
  readonly target: string
  readonly form: 'named' | 'any'
  /** The virtual key that showed it. */
  readonly key?: string
}

const noIdentity = 'no credentials of a sandbox'
/** Records about connections that were closed because there were too many. */
const surplusRecords = { burst: 10, perSecond: 0.1 }

/** Finds out who is calling, and keeps a record of those who may not come in. */
export class Gatehouse {
  readonly #parts: GatehouseParts
  readonly #surplusRecords: RateLimiter
  /** By reason: closed, and in no record yet. */
  readonly #surplus = new Map<string, number>()

  constructor(parts: GatehouseParts) {
    this.#parts = parts
    this.#surplusRecords = new RateLimiter(parts.clock, surplusRecords)
  }

  /**
   * Reads the identity that a request shows. `originForm`: it came to the broker itself, and may have it in its path.
   * @throws CoatcheckError as `Doorkeeper.admit` does
   */
  identify(request: IdentifiedRequest, peer: string, originForm: boolean): Identified | Promise<Identified> {
    const { doorkeeper, loopback } = this.#parts
    const { fields, target: sent } = request
    const inPath = originForm ? readIdentifiedTarget(sent) : undefined
    if (inPath !== undefined) {
      const { identity, target } = inPath
      return whenKnown(doorkeeper.admit(identity, peer), (admission) => {
        return { admission, byField: false, target, form: 'named' } as const
      })
    }
    const rest = { target: sent, form: 'any' } as const
    const shown = fields.filter(({ name }) => name.toLowerCase() === 'proxy-authorization')
    if (shown.length > 0) {
      const identity = shown.length === 1 ? readProxyAuthorization(shown[0]!.value) : undefined
      return whenKnown(this.admit(identity, peer), (admission) => ({ ...rest, admission, byField: true }))
    }
    if (!originForm) return { ...rest, admission: undefined, byField: false }
    const texts = textsIn(request)
    const keys = texts.filter((text) => readVirtualKey(text) !== undefined)
    if (keys.length > 0) return this.#identifyByVirtualKey(keys, peer, sent)
    // SECURITY: a placeholder says who is calling on loopback only, and only from addresses that were said beforehand.
    const admission = loopback ? this.#identifyByKey(texts, peer) : undefined
    return whenKnown(admission, (known) => ({ ...rest, admission: known, byField: false }))
  }

  /**
   * Decides about an identity that was shown in another way than in a request; undefined when what was shown is none.
   * @throws CoatcheckError as `Doorkeeper.admit` does
   */
  admit(identity: PresentedIdentity | undefined, peer: string, options?: AdmitOptions): Admission | Promise<Admission> {
    if (identity === undefined) return { outcome: 'stranger', reason: noIdentity }
    return this.#parts.doorkeeper.admit(identity, peer, options)
  }

  /** Never rejects. @returns id of the event */
  async recordStranger(code: ProblemCode, peer: string, facts: SafeFacts, id = newIdentifier('con')): Promise<string> {
    const { audit, project } = this.#parts
    const description = describeRefusal(refuse(code, { peer, ...facts }))
    await audit.append({ id, kind: 'connection.refused', project, ...description }).catch(() => {})
    return id
  }

  /** Says that somebody of whom nothing is known showed a decoy, which is an alarm. Never rejects. @returns id of the event */
  async recordDecoy(decoy: string, peer: string): Promise<string> {
    const id = newIdentifier('con')
    const { audit, project } = this.#parts
    const event = { id, project, ...describeRefusal(refuse('decoy_used', { peer, decoy })) }
    for (const kind of ['connection.refused', 'alarm.raised'] as const) {
      await audit.append({ ...event, kind }).catch(() => {})
    }
    return id
  }

  /**
   * Counts a connection that was closed without an answer. A record now and then says how many there were for this reason,
   * and which peer had the last one. Never rejects.
   */
  async recordSurplus(peer: string, reason: string): Promise<void> {
    const { audit, project } = this.#parts
    const count = (this.#surplus.get(reason) ?? 0) + 1
    const isRecorded = this.#surplusRecords.take(reason) === undefined
    this.#surplus.set(reason, isRecorded ? 0 : count)
    if (!isRecorded) return
    const description = describeRefusal(refuse('rate_limited', { peer, reason }))
    const event = { id: newIdentifier('con'), kind: 'connection.refused', project, ...description } as const
    await audit.append({ ...event, count }).catch(() => {})
  }

  /** Says that a virtual key was shown whose time is over. Never rejects. @returns id of the event */
  async recordOver({ sandbox, refusal }: Extract<Admission, { outcome: 'over' }>): Promise<string> {
    const id = newIdentifier('con')
    const about = { project: sandbox.project, sandbox: sandbox.id, subject: sandbox.name }
    await this.#parts.audit
      .append({ id, kind: 'connection.refused', ...about, ...describeRefusal(refusal) })
      .catch(() => {})
    return id
  }

  /** Never rejects. @returns id of the event */
  async recordElsewhere({ sandbox, refusal }: Extract<Admission, { outcome: 'elsewhere' }>): Promise<string> {
    const id = newIdentifier('con')
    const event = { id, project: sandbox.project, sandbox: sandbox.id, ...describeRefusal(refusal) }
    for (const kind of ['connection.refused', 'alarm.raised'] as const) {
      await this.#parts.audit.append({ ...event, kind }).catch(() => {})
    }
    return id
  }

  /** SECURITY: of two keys nobody can say which one is meant, so neither is. */
  #identifyByVirtualKey(keys: readonly string[], peer: string, target: string): Identified | Promise<Identified> {
    const [key = '', ...others] = keys
    const admission: Admission | Promise<Admission> =
      others.length === 0
        ? this.#parts.doorkeeper.admitVirtualKey(key, peer)
        : { outcome: 'stranger', reason: 'several virtual keys' }
    return whenKnown(admission, (known) => ({ admission: known, byField: false, target, form: 'any', key }) as const)
  }

  #identifyByKey(candidates: readonly string[], peer: string) {
    // SECURITY: a key identifier is no secret: it stands in every URL that was signed with its placeholder.
    const texts = candidates.filter((text) => !isSigningKeyId(text))
    return texts.length === 0 ? undefined : this.#parts.doorkeeper.admitByKey(texts, peer)
  }
}

/** What in a request may be a placeholder or a virtual key. */
function textsIn({ fields, method = '', target: sent }: IdentifiedRequest): string[] {
  const read = canonicalTarget(sent)
  const target = 'refused' in read ? { path: '/', query: '' } : read
  return candidateTokens({ method, ...target, fields: [...fields] })
}
