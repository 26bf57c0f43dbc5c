import { lstatSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { ActivityRow, AuditEvent } from '@coatcheck/contract'
import { journalPath, listJournals } from '../../audit/journal-directory.ts'
import { readJournal } from '../../audit/journal-reader.ts'
import { decisionOf, isJoined, joinEvents, kindOf, parseRecord } from './audit-index-record.ts'

/** Records of one transaction; other processes get their turn in between. */
const recordsPerTransaction = 10_000
/** The same where somebody else in this process waits. */
const recordsPerSlice = 150
/** Digits of the largest safe integer. */
const offsetDigits = 16

/** Reads into the index what the journals have grown by. */
export class AuditIndexIntake {
  readonly #directory: string
  readonly #database: DatabaseSync
  readonly #offsetOf: StatementSync
  readonly #setOffset: StatementSync
  readonly #find: StatementSync
  readonly #put: StatementSync
  readonly #putSecret: StatementSync
  /** Sizes up to which nothing was left to read; a torn last line must not cost a transaction each time. */
  readonly #done = new Map<string, number>()

  constructor(directory: string, database: DatabaseSync) {
    this.#directory = directory
    this.#database = database
    this.#offsetOf = database.prepare('SELECT read_to FROM journal WHERE name = ?')
    this.#setOffset = database.prepare(
      'INSERT INTO journal (name, read_to) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET read_to = excluded.read_to',
    )
    this.#find = database.prepare('SELECT event FROM activity WHERE key = ?')
    this.#put = database.prepare(
      `INSERT INTO activity (key, project, id, kind, decision, at, place, sandbox, host, status, event)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET decision = excluded.decision, sandbox = excluded.sandbox,
         host = excluded.host, status = excluded.status, event = excluded.event
       RETURNING place`,
    )
    this.#putSecret = database.prepare(
      'INSERT OR IGNORE INTO secret_use (project, secret, at, place, key) VALUES (?, ?, ?, ?, ?)',
    )
  }

  /** Reads up to where the journals went when the call began. */
  catchUp(): void {
    this.#catchUp(recordsPerTransaction, Number.POSITIVE_INFINITY)
  }

  /** Like `catchUp`, for about `budgetMs`; false when there is more. */
  catchUpFor(budgetMs: number): boolean {
    return this.#catchUp(recordsPerSlice, performance.now() + budgetMs)
  }

  #catchUp(limit: number, endsAtMs: number): boolean {
    for (const journal of listJournals(this.#directory)) {
      const path = journalPath(this.#directory, journal)
      const size = sizeOf(path)
      if (size === undefined || size === this.#done.get(journal)) continue
      while (this.#isBehind(journal, size)) {
        if (performance.now() >= endsAtMs) return false
        if (this.#readSome(journal, path, limit) < limit) break
      }
      this.#done.set(journal, size)
    }
    return true
  }

  #isBehind(journal: string, size: number): boolean {
    return this.#offset(journal) < size
  }

  #offset(journal: string): number {
    return Number(this.#offsetOf.get(journal)?.['read_to'] ?? 0)
  }

  #readSome(journal: string, path: string, limit: number): number {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      // Only now is it sure that no other process reads the same lines.
      let offset = this.#offset(journal)
      let count = 0
      const rows = new Map<string, ReadRow>()
      for (const { text, end } of readJournal(path, offset)) {
        const event = parseRecord(text)
        if (event !== undefined) take(rows, event, placeOf(journal, offset))
        offset = end
        if (++count === limit) break
      }
      for (const [key, row] of rows) this.#store(key, row)
      if (count > 0) this.#setOffset.run(journal, offset)
      this.#database.exec('COMMIT')
      return count
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  #store(key: string, { kind, place, event: read, isWhole }: ReadRow): void {
    // Intent and outcome mostly come together; where only one did, the other may have been read before.
    const known = isWhole ? undefined : this.#find.get(key)?.['event']
    const event = typeof known === 'string' ? joinEvents(JSON.parse(known) as AuditEvent, read) : read
    const { project, id, at, sandbox, host, status, secrets } = event
    const json = JSON.stringify(event)
    const decision = decisionOf(event)
    const more = [text(sandbox), text(host), integer(status), json] as const
    const stored = this.#put.get(key, project, id, kind, decision, at, place, ...more)?.['place']
    if (!Array.isArray(secrets)) return
    for (const secret of secrets) {
      if (typeof secret === 'string')
        this.#putSecret.run(project, secret.replace(/@\d+$/, ''), at, stored ?? place, key)
    }
  }
}

/** What was read of one decision. */
interface ReadRow {
  readonly kind: ActivityRow['kind']
  /** Of the first of its records. */
  readonly place: string
  event: AuditEvent
  /** Nothing that was read before belongs to it. */
  isWhole: boolean
}

function take(rows: Map<string, ReadRow>, event: AuditEvent, place: string): void {
  const kind = kindOf(event)
  if (kind === undefined) return
  const key = isJoined(kind) ? `${kind} ${event.project} ${event.id}` : place
  const row = rows.get(key)
  if (row === undefined) {
    rows.set(key, { kind, place, event, isWhole: !isJoined(kind) })
    return
  }
  row.event = joinEvents(row.event, event)
  row.isWhole = row.event.kind.endsWith('.completed')
}

/** Where a record is, in text that compares as the order of its journal: many are written in one millisecond. */
function placeOf(journal: string, offset: number): string {
  return `${journal} ${offset.toString().padStart(offsetDigits, '0')}`
}

function sizeOf(path: string): number | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false })
  return found?.isFile() === true ? found.size : undefined
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

function integer(value: unknown): number | null {
  return Number.isSafeInteger(value) ? (value as number) : null
}
