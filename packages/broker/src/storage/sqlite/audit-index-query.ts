import { type ActivityRow, CoatcheckError } from '@coatcheck/contract'
import type { ActivityFilter } from '../../audit/audit-index.ts'

const maxLimit = 1_000

/** Where a page ended: in time, and in the journal among what is of the same time. */
export interface PagePosition {
  readonly at: string
  readonly place: string
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
  // A secret has its own list in the order of time, since its rows may be few among many.
  const list = secret === undefined ? 'activity' : 'secret_use'
  const conditions: string[] = []
  const parameters: (string | number)[] = []
  const add = (condition: string, ...values: readonly (string | number)[]): void => {
    conditions.push(condition)
    parameters.push(...values)
  }
  // SECURITY: a project sees its own rows, whatever else is asked for.
  add('activity.project = ?', project)
  if (secret !== undefined) add('secret_use.project = ? AND secret_use.secret = ?', project, secret)
  if (kinds !== undefined) add(`kind IN (${kinds.map(() => '?').join(', ')})`, ...kinds)
  if (sandbox !== undefined) add('sandbox = ?', sandbox)
  if (host !== undefined) add('host = ?', host.toLowerCase())
  // A literal, so that the index of refusals can be used.
  if (decision === 'refused') add("decision = 'refused'")
  else if (decision !== undefined) add('decision = ?', decision)
  if (status !== undefined) add('status = ?', status)
  if (since !== undefined) add(`${list}.at >= ?`, parseInstant(since))
  if (cursor !== undefined) {
    const { at, place } = parseCursor(cursor)
    add(`(${list}.at, ${list}.place) ${order === 'newest' ? '<' : '>'} (?, ?)`, at, place)
  }
  const direction = order === 'newest' ? 'DESC' : 'ASC'
  const sql = `SELECT activity.place, id, kind, decision, activity.at, event
    FROM ${secret === undefined ? 'activity' : 'secret_use CROSS JOIN activity USING (key)'}
    WHERE ${conditions.join(' AND ')}
    ORDER BY ${list}.at ${direction}, ${list}.place ${direction} LIMIT ${limit + 1}`
  return { sql, parameters, limit }
}

/** A position as text that means nothing to others. */
export function formatCursor({ at, place }: PagePosition): string {
  return Buffer.from(JSON.stringify([at, place])).toString('base64url')
}

/** A row as it is shown. */
export function showRow(row: Readonly<Record<string, unknown>>): ActivityRow & PagePosition {
  const { place, id, kind, decision, at, event } = row as Record<keyof ActivityRow | 'place', string>
  return {
    place,
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
  const [at, place] = Array.isArray(value) ? value : []
  if (typeof at !== 'string' || typeof place !== 'string') throw invalid('cursor')
  return { at, place }
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
