import type { AuditEntry, AuditLog } from '../audit/audit-log.ts'
import type { Journal } from '../audit/journal.ts'

/** A journal about which another thread can see whether it is failing, and this one how much is going on. */
export class WatchedLog implements AuditLog {
  readonly #journal: Journal
  readonly #state: Int32Array
  #open = 0

  /** @param memory one number, 1 while the journal is failing */
  constructor(journal: Journal, memory: SharedArrayBuffer) {
    this.#journal = journal
    this.#state = new Int32Array(memory)
  }

  /** Intents that have no outcome yet. */
  get open(): number {
    return this.#open
  }

  append(entry: AuditEntry): Promise<void> {
    const appended = this.#journal.append(entry)
    appended.then(
      () => this.#note(entry.kind),
      () => this.#note(''),
    )
    return appended
  }

  #note(kind: string): void {
    if (kind.endsWith('.intended')) this.#open += 1
    if (kind.endsWith('.completed')) this.#open -= 1
    Atomics.store(this.#state, 0, this.#journal.state === 'ok' ? 0 : 1)
  }
}
