import type { ActivityRow } from '@coatcheck/contract'
import type { CoatcheckClient } from '@coatcheck/sdk'
import { allItems } from './all-items.ts'

/** Which requests of the journal are meant. */
export interface ObservedOptions {
  readonly sandbox: string
  readonly since?: string
}

/** A request as the journal has it; nothing of its query, fields and body was recorded. */
export interface ObservedExchange {
  readonly method: string
  readonly scheme: string
  readonly host: string
  readonly port: number
  readonly path: string
  readonly decision: ActivityRow['decision']
  readonly code?: string
  readonly note?: string
  /** The broker answered it in the stead of a service: whether lists allow it was not asked. */
  readonly isAnswered: boolean
  /** Names of the secrets that it carried. */
  readonly secrets: readonly string[]
}

/** The requests of a sandbox, or of all, the oldest first. @throws CoatcheckError `sandbox_not_found` */
export async function observedRequests(
  { requests, sandboxes }: CoatcheckClient,
  { sandbox, since }: Partial<ObservedOptions>,
): Promise<readonly ObservedExchange[]> {
  // The journal says nothing of whom it does not know.
  if (sandbox !== undefined) await sandboxes.get(sandbox)
  const query = { limit: 1000, ...(sandbox !== undefined && { sandbox }), ...(since !== undefined && { since }) }
  const rows = await allItems((page) => requests.list({ ...query, ...page }))
  return rows.toReversed().flatMap(({ kind, decision, event }) => {
    const { code, host, method, note, path, port, scheme, secrets = [] } = event
    if (kind !== 'exchange' || method === undefined || host === undefined || path === undefined) return []
    const names = secrets.map((name) => name.replace(/@\d+$/, ''))
    const isAnswered = note?.startsWith('answered by the broker') === true
    const rest = { isAnswered, ...(code !== undefined && { code }), ...(note !== undefined && { note }) }
    return [{ method, scheme: scheme ?? 'https', host, port: port ?? 443, path, decision, secrets: names, ...rest }]
  })
}
