import type { Clock } from '../foundation/clock.ts'
import type { AuditEntry } from './audit-log.ts'

/** Room that a record takes beside its entry: number, time, hash. */
const frameBytes = 128

interface Usage {
  readonly sinceMs: number
  bytes: number
}

/** Counts what each project adds to the journal, from its first record for the length of a window, then anew. */
export class ProjectQuota {
  readonly #clock: Clock
  readonly #bytes: number
  readonly #windowMs: number
  readonly #usage = new Map<string, Usage>()

  constructor(clock: Clock, { bytes, windowMs }: { readonly bytes: number; readonly windowMs: number }) {
    this.#clock = clock
    this.#bytes = bytes
    this.#windowMs = windowMs
  }

  /** True while the project has used up its share of the present window. */
  isExhausted(project: string): boolean {
    return this.#usageOf(project).bytes >= this.#bytes
  }

  /** Counts a record that is about to be written. */
  add(entry: AuditEntry): void {
    this.#usageOf(entry.project).bytes += Buffer.byteLength(JSON.stringify(entry)) + frameBytes
  }

  #usageOf(project: string): Usage {
    const nowMs = this.#clock.monotonicMs()
    const present = this.#usage.get(project)
    if (present !== undefined && nowMs - present.sinceMs < this.#windowMs) return present
    const usage = { sinceMs: nowMs, bytes: 0 }
    this.#usage.set(project, usage)
    return usage
  }
}
