import { type ActivityRow, CoatcheckError } from '@coatcheck/contract'
import type { ActivityFilter } from '../../audit/audit-index.ts'

const maxLimit = 1_000

/** Where a page ended. */
export interface PagePosition {
  readonly at: string
  readonly key: string
}

/** A statement and its parameters. */
export interface IndexQuery {
  readonly sql: string
  readonly parameters: readonly (string | number)[]
  /** Rows of a page; the statement asks for one more. */
  readonly limit: number
}

/** The statement that answers a filter. @throws CoatcheckError `request_invalid` */
export function buildIndexQuery(filter: ActivityFilter): IndexQuery {
  const { project, kinds, sandbox, secret, host, decision, since, status, cursor, order = 'newest' } = filter
  if (!Number.isSafeInteger(filter.limit) || filter.limit < 1) throw invalid('limit')
  const limit = Math.min(filter.limit, maxLimit)
  const conditions: string[] = []
  const parameters: (string | number)[] = []
  const add = (condition: string, ...values: readonly (string | number)[]): void => {
    conditions.push(condition)
    parameters.push(...values)
  }
  // SECURITY: a project sees its own rows, whatever else is asked for.
  add('project = ?', project)
  if (kinds !== undefined) add(`kind IN (${kinds.map(() => '?').join(', ')})`, ...kinds)
  if (sandbox !== undefined) add('sandbox = ?', sandbox)
  if (host !== undefined) add('host = ?', host.toLowerCase())
  if (decision !== undefined) add('decision = ?', decision)
  if (status !== undefined) add('status = ?', status)
  if (since !== undefined) add('at >= ?', parseInstant(since))
  if (secret !== undefined) {
    add('key IN (SELECT key FROM secret_use WHERE project = ? AND secret = ?)', project, secret)
  }
  if (cursor !== undefined) {
    const { at, key } = parseCursor(cursor)
    add(order === 'newest' ? '(at, key) < (?, ?)' : '(at, key) > (?, ?)', at, key)
  }
  const direction = order === 'newest' ? 'DESC' : 'ASC'
  const sql = `SELECT key, id, kind, decision, at, event FROM activity WHERE ${conditions.join(' AND ')}
    ORDER BY at ${direction}, key ${direction} LIMIT ${limit + 1}`
  return { sql, parameters, limit }
}

/** A position as text that means nothing to others. */
export function formatCursor({ at, key }: PagePosition): string {
  return Buffer.from(JSON.stringify([at, key])).toString('base64url')
}

/** A row as it is shown. */
export function showRow(row: Readonly<Record<string, unknown>>): ActivityRow & PagePosition {
  const { key, id, kind, decision, at, event } = row as Record<keyof ActivityRow | 'key', string>
  return {
    key,
    id,
    kind: kind as ActivityRow['kind'],
    decision: decision as ActivityRow['decision'],
    at,
    event: JSON.parse(event),
  }
}

function parseCursor(text: string): PagePosition {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    throw invalid('cursor')
  }
  const [at, key] = Array.isArray(value) ? value : []
  if (typeof at !== 'string' || typeof key !== 'string') throw invalid('cursor')
  return { at, key }
}

/** In the one form in which records hold their time, so that text compares as time. */
function parseInstant(text: string): string {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw invalid('since')
  return new Date(ms).toISOString()
}

function invalid(field: string): CoatcheckError {
  return new CoatcheckError('request_invalid', { field })
}
