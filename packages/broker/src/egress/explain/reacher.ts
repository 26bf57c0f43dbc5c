import type { ActivityRow, Reach, ReachReceipt, ReachRequest, ReceiptRequest } from '@coatcheck/contract'
import type { AuditIndex } from '../../audit/audit-index.ts'
import type { JournalInspector } from '../../audit/journal-inspector.ts'
import type { Clock } from '../../foundation/clock.ts'
import type { ProfileDirectory } from '../../sandbox/profile-service.ts'
import type { SandboxStore } from '../../sandbox/sandbox-store.ts'
import type { Vault } from '../../vault/vault.ts'
import type { RouteTable } from '../route-table.ts'
import type { Routes } from '../routes.ts'
import { findSandbox } from './find-sandbox.ts'
import { isMasked, isWithinReach } from './is-within-reach.ts'
import { reachOfRoutes } from './reach-of-routes.ts'
import { sandboxOfProfile } from './sandbox-of-profile.ts'

/** What reaches are made from. */
export interface ReacherParts {
  readonly project: string
  readonly auditIndex: AuditIndex
  readonly clock: Clock
  readonly inspector: Pick<JournalInspector, 'receipt'>
  readonly profiles: ProfileDirectory
  readonly routes: Pick<RouteTable, 'pastRoutesOf' | 'routesOf' | 'wouldBeRoutesOf'>
  readonly store: Pick<SandboxStore, 'find' | 'grantsOf' | 'list'>
  readonly vault: Pick<Vault, 'get'>
}

/** Rows of the journal that are read at once. */
const pageSize = 1_000
/** Things outside of a reach that a receipt names. */
const maxNamed = 100

/** Says what sandboxes, virtual keys and profiles let do, and whether what was done lies within. */
export class Reacher {
  readonly #parts: ReacherParts

  constructor(parts: ReacherParts) {
    this.#parts = parts
  }

  /** @throws CoatcheckError `sandbox_not_found` | `key_not_found` | `profile_not_found` | `secret_not_found` | `vault_locked` | `row_tampered` */
  of(whose: ReachRequest): Reach {
    if (!('profile' in whose)) return reachOfRoutes(this.#routesOf(whose))
    const { profiles, project, routes } = this.#parts
    const { caps, grants, sandbox } = sandboxOfProfile(project, profiles.get(project, whose.profile), this.#parts)
    return reachOfRoutes(routes.wouldBeRoutesOf(sandbox, grants, caps))
  }

  /**
   * By the rules as they are now, and the requests up to now.
   * @throws CoatcheckError `sandbox_not_found` | `key_not_found` | `vault_locked` | `row_tampered` | `audit_unavailable` | `checkpoint_key_unusable`
   */
  async receipt(whose: ReceiptRequest): Promise<ReachReceipt> {
    const routes = this.#routesOf(whose)
    const reach = reachOfRoutes(routes)
    const envOf = new Map(routes.grants.map(({ grant }) => [grant.id, grant.env]))
    const found = { done: 0, within: 0, unseen: 0 }
    const outside: string[] = []
    for await (const row of this.#rowsOf(routes.sandbox.id)) {
      if (row.decision === 'refused' || (row.kind !== 'exchange' && row.kind !== 'connection')) continue
      // What the broker answers for itself leaves nothing.
      if (row.event.note?.startsWith('answered by the broker') === true) continue
      found.done += 1
      if (isWithinReach(reach, row, envOf)) {
        found.within += 1
        if (isMasked(row.event.path)) found.unseen += 1
      } else if (outside.length < maxNamed) outside.push(lineOf(row))
    }
    return this.#parts.inspector.receipt(reach, { sandbox: routes.sandbox.id, ...found, outside })
  }

  #routesOf(whose: ReceiptRequest): Routes {
    const { clock, project, routes, store } = this.#parts
    const [named, kind] = 'key' in whose ? ([whose.key, 'key'] as const) : ([whose.sandbox, 'sandbox'] as const)
    const { endedAt, id } = findSandbox(store, project, named, clock, kind)
    return endedAt === null ? routes.routesOf(id) : routes.pastRoutesOf(id)
  }

  async *#rowsOf(sandbox: string): AsyncGenerator<ActivityRow> {
    const { auditIndex, project } = this.#parts
    await auditIndex.ready()
    let cursor: string | null = null
    do {
      const page: ReturnType<AuditIndex['query']> = auditIndex.query({
        ...{ project, sandbox, limit: pageSize, kinds: ['exchange', 'connection'] },
        ...(cursor !== null && { cursor }),
      })
      yield* page.items
      cursor = page.cursor
    } while (cursor !== null)
  }
}

function lineOf({ event }: ActivityRow): string {
  const { host = '', method = 'connection', path = '', port = 0, scheme = 'https' } = event
  return `${method} ${scheme}://${host}:${port}${path}`
}
