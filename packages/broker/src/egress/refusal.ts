import { type AuditEvent, CoatcheckError, type ProblemCode, type SafeFacts } from '@coatcheck/contract'
import { maxHeldBytes } from './max-held-bytes.ts'

/** An exchange that is not let through, and why. */
export interface Refusal {
  readonly code: ProblemCode
  readonly facts: SafeFacts
  /** What the journal says instead of `code`, where the reason is the operator's business alone. */
  readonly reason?: ProblemCode
  /** What the journal says instead of `facts`. */
  readonly recordedFacts?: SafeFacts
  /** Fields that the answer has beside its usual ones. */
  readonly further?: Readonly<Record<string, string>>
  /** In which form its client reads errors; a problem where it is absent. */
  readonly form?: 'distribution'
  /** Set when a person should hear of it: a placeholder travelled where it has no business. */
  readonly alarm?: boolean
}

/** Builds a refusal; `rule` names the rule that decided. */
export function refuse(code: ProblemCode, facts: SafeFacts = {}): Refusal {
  return { code, facts }
}

/** The refusal of a body that would have to be looked at whole, and is longer than what is held. */
export function bodyNotHeld(): Refusal {
  return refuse('body_unreadable', { reason: 'it is too long', limitBytes: maxHeldBytes })
}

/** The code under which the journal has a refusal. */
export function recordedCode({ code, reason }: Refusal): ProblemCode {
  return reason ?? code
}

/** What the journal says of a refusal: its code, the rule that decided, and the other facts as a note. */
export function describeRefusal(refusal: Refusal): Pick<AuditEvent, 'code' | 'rule' | 'note'> {
  const { rule, ...others } = refusal.recordedFacts ?? refusal.facts
  const note = Object.entries(others).map(([name, value]) => `${name}: ${value}`)
  return {
    code: recordedCode(refusal),
    ...(typeof rule === 'string' ? { rule } : {}),
    ...(note.length === 0 ? {} : { note: note.join(', ') }),
  }
}

/** A refusal that is also reported as an alarm. */
export function refuseAndReport(code: ProblemCode, facts: SafeFacts = {}): Refusal {
  return { code, facts, alarm: true }
}

/** Carries a refusal out of the middle of a transfer. */
export class RefusedError extends Error {
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.code)
    this.refusal = refusal
  }
}

/** Codes of the vault and the stores mean nothing to an agent, and are nothing it should learn from. */
const operatorOnly: ReadonlySet<ProblemCode> = new Set([
  'vault_locked',
  'row_tampered',
  'rule_invalid',
  'state_rolled_back',
  'secret_changed',
  'secret_not_found',
  'secret_unusable',
  'secret_weak',
  'source_forbidden',
  'clock_jumped',
  'key_unusable',
  'passphrase_required',
  'passphrase_wrong',
  'storage_damaged',
])

/** Somebody had their hands in the database. */
const tampering: ReadonlySet<ProblemCode> = new Set(['row_tampered', 'state_rolled_back', 'storage_damaged'])

/** What a sandbox is told about an error. SECURITY: anything unexpected is a denial, and tells nothing. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedError) return error.refusal
  if (!(error instanceof CoatcheckError)) return refuse('internal')
  // SECURITY: whether a name leads to a private address is nothing that a sandbox may find out.
  if (error.code === 'destination_ip_prohibited') {
    return { code: 'destination_unresolved', facts: error.facts, reason: error.code }
  }
  if (error.code === 'secret_returned' || error.code === 'new_key_returned')
    return refuseAndReport(error.code, error.facts)
  if (!operatorOnly.has(error.code)) return refuse(error.code, error.facts)
  return { code: 'secret_unavailable', facts: {}, reason: error.code, alarm: tampering.has(error.code) }
}
