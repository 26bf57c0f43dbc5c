import type { AuditEntry, AuditLog } from '../audit/audit-log.ts'
import type { TrafficCounts } from './traffic-counts.ts'

/** An audit log that counts what is recorded, so that nothing else has to. */
export class MeteredLog implements AuditLog {
  readonly #log: AuditLog
  readonly #counts: TrafficCounts

  constructor(log: AuditLog, counts: TrafficCounts) {
    this.#log = log
    this.#counts = counts
  }

  append(entry: AuditEntry): Promise<void> {
    const counts = this.#counts
    const startedAt = performance.now()
    counts.pendingRecords++
    const appended = this.#log.append(entry)
    appended.then(
      () => {
        counts.pendingRecords--
        counts.appendDuration.record((performance.now() - startedAt) / 1000)
        counts.add(entry)
      },
      () => {
        counts.pendingRecords--
        counts.lostRecords++
      },
    )
    return appended
  }
}
