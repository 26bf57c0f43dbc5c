import type { ProblemCode } from '@coatcheck/contract'
import type { AuditEntry, AuditLog } from '../audit/audit-log.ts'
import { newIdentifier } from '../foundation/identifier.ts'

type SessionEvent = Omit<AuditEntry, 'kind'>

/** Refusals of one session that are recorded in a second; the rest is not written one by one. */
const maxRefused = 10
/** What the sessions of one sandbox said, that is recorded in a second. */
const maxSaid = 100
/** Longest note of what was said, in characters. */
const maxCharacters = 1_200

/** Writes down what goes on inside of sessions. What goes beyond the pace of a person is the limiter's to count. */
export class SessionNotes {
  readonly #audit: AuditLog
  readonly #counts = new Map<string, number>()
  readonly #timer: NodeJS.Timeout

  constructor(audit: AuditLog) {
    this.#audit = audit
    this.#timer = setInterval(() => this.#counts.clear(), 1_000)
    this.#timer.unref()
  }

  /** Records one refusal; it stays refused when the journal is failing. */
  refused({ id: session, note: _intent, ...event }: SessionEvent, code: ProblemCode, note: string): void {
    if (!this.#admits(session, maxRefused)) return
    const entry = { ...event, id: newIdentifier('con'), kind: 'connection.refused', code } as const
    this.#audit.append({ ...entry, note: `session: ${session}, ${note}` }).catch(() => {})
  }

  /** Records what a session said. It was said already, so nothing waits for that. */
  said({ id: session, note: _intent, ...event }: SessionEvent, note: string): void {
    if (!this.#admits(`${event.sandbox} said`, maxSaid)) return
    const entry = { ...event, id: newIdentifier('con'), kind: 'connection.said' } as const
    this.#audit.append({ ...entry, note: `session: ${session}, ${note.slice(0, maxCharacters)}` }).catch(() => {})
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #admits(key: string, most: number): boolean {
    const count = (this.#counts.get(key) ?? 0) + 1
    this.#counts.set(key, count)
    return count <= most
  }
}
