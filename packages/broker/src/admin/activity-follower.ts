import { setTimeout as sleep } from 'node:timers/promises'
import type { ActivityRow } from '@coatcheck/contract'
import type { ActivityFilter, AuditIndex } from '../audit/audit-index.ts'

const pollMs = 250
/** Rows of other brokers on the same journal may arrive a little out of order. */
const overlapMs = 2_000
const pageSize = 1_000
/** Open rows whose end is waited for; further ones are reported as open and not again. */
const maxAwaited = 256
/** Rows that share one instant with an open row that is looked up again. */
const lookupSize = 100

/** What to follow; `limit`, `cursor` and `order` are the follower's own business. */
export type FollowFilter = Omit<ActivityFilter, 'limit' | 'cursor' | 'order'> & { readonly since: string }

/** Yields rows as the journal grows: each once, and again when an open one has come to its end. Ends with `signal`. */
export async function* followActivity(
  index: AuditIndex,
  filter: FollowFilter,
  signal: AbortSignal,
): AsyncGenerator<ActivityRow> {
  const { decision, status, ...query } = filter
  const wanted = (row: ActivityRow): boolean =>
    (decision === undefined || row.decision === decision) && (status === undefined || row.event.status === status)
  // Decision and status change when a row comes to its end, so the index is asked without them.
  const journal = new JournalReader(index, query)
  while (!signal.aborted) {
    for (const row of journal.read()) if (wanted(row)) yield row
    await sleep(pollMs, undefined, { signal }).catch(() => undefined)
  }
  for (const row of journal.read()) if (wanted(row)) yield row
}

type IndexQuery = Omit<FollowFilter, 'decision' | 'status'>

/** Reads what is new since the last call. */
class JournalReader {
  readonly #index: AuditIndex
  readonly #query: IndexQuery
  #since: string
  /** Rows reported within the overlap, by `keyOf`, with their time. */
  readonly #reported = new Map<string, string>()
  readonly #awaited = new Map<string, ActivityRow>()

  constructor(index: AuditIndex, query: IndexQuery) {
    this.#index = index
    this.#query = query
    this.#since = query.since
  }

  read(): readonly ActivityRow[] {
    const rows = [...this.#ended(), ...this.#appended()]
    for (const row of rows) {
      if (row.decision === 'open' && this.#awaited.size < maxAwaited) this.#awaited.set(row.id, row)
    }
    return rows
  }

  #ended(): readonly ActivityRow[] {
    const ended: ActivityRow[] = []
    for (const open of this.#awaited.values()) {
      const page = this.#index.query({ ...this.#query, since: open.at, limit: lookupSize, order: 'oldest' })
      const now = page.items.find((row) => row.id === open.id)
      if (now !== undefined && now.decision === 'open') continue
      this.#awaited.delete(open.id)
      if (now !== undefined) ended.push(now)
    }
    return ended
  }

  #appended(): readonly ActivityRow[] {
    const page = this.#index.query({ ...this.#query, since: this.#since, limit: pageSize, order: 'oldest' })
    const fresh = page.items.filter((row) => !this.#reported.has(keyOf(row)))
    for (const row of fresh) this.#reported.set(keyOf(row), row.at)
    // With a full page that brought nothing new, the overlap itself is longer than a page: step over it.
    const overlap = fresh.length === 0 && page.items.length === pageSize ? 0 : overlapMs
    this.#advance(page.items.at(-1), overlap)
    return fresh
  }

  #advance(newest: ActivityRow | undefined, overlap: number): void {
    if (newest === undefined) return
    const since = new Date(Date.parse(newest.at) - overlap).toISOString()
    if (since <= this.#since) return
    this.#since = since
    for (const [key, at] of this.#reported) if (at < since) this.#reported.delete(key)
  }
}

/** An alarm has the id of the refusal that raised it. */
function keyOf({ kind, id }: ActivityRow): string {
  return `${kind} ${id}`
}
