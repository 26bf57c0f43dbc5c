import type { AuditKind } from '@coatcheck/contract'
import type { Clock } from '../foundation/clock.ts'
import { newIdentifier } from '../foundation/identifier.ts'
import type { AuditEntry, AuditLog } from './audit-log.ts'

/** Whose denials a window holds. */
export interface DenialSource {
  readonly project: string
  readonly sandbox?: string | undefined
  /** Why they are counted; the rate when absent. */
  readonly reason?: string
}

/** The denials of one source from its first one on, until somebody ends the window. */
export class DenialWindow {
  readonly #log: AuditLog
  readonly #clock: Clock
  readonly #limit: number
  readonly #source: DenialSource
  readonly #openedAtMs: number
  readonly #counts = new Map<AuditKind, number>()
  /** Shared by all that were counted. */
  readonly #recorded = Promise.withResolvers<void>()
  #admitted = 0

  /** @param limit how many denials are recorded one by one */
  constructor(log: AuditLog, clock: Clock, limit: number, source: DenialSource) {
    this.#log = log
    this.#clock = clock
    this.#limit = limit
    this.#source = source
    this.#openedAtMs = clock.monotonicMs()
  }

  get ageMs(): number {
    return this.#clock.monotonicMs() - this.#openedAtMs
  }

  /** True when the next denial is to be recorded by itself; takes its place. */
  admits(): boolean {
    return this.#admitted < this.#limit && ++this.#admitted > 0
  }

  /** Counts a denial; resolves once the count is recorded. */
  count(kind: AuditKind): Promise<void> {
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    return this.#recorded.promise
  }

  /** Records the count, when there is one. Never rejects. */
  async end(): Promise<void> {
    if (this.#counts.size === 0) return
    try {
      await this.#log.append(this.#entry())
      this.#recorded.resolve()
    } catch (error) {
      this.#recorded.reject(error)
    }
  }

  #entry(): AuditEntry {
    const { project, sandbox, reason = 'rate' } = this.#source
    const kinds = [...this.#counts].map(([kind, count]) => `${kind} ${count}`)
    return {
      id: newIdentifier('evt'),
      kind: 'denials.counted',
      project,
      ...(sandbox === undefined ? {} : { sandbox }),
      count: [...this.#counts.values()].reduce((sum, count) => sum + count, 0),
      note: `${reason}: ${kinds.join(', ')}`,
    }
  }
}
