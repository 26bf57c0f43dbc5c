import type { RuleList } from '@coatcheck/contract'
import { recordAction } from './record-action.ts'
import type { AdminServices } from './services.ts'

/** Gives the project a rule list that was checked before; null takes it away. @throws CoatcheckError `audit_unavailable` | `vault_locked` */
export async function saveRules(
  services: Pick<AdminServices, 'auditLog' | 'project' | 'rules'>,
  list: RuleList | null,
): Promise<void> {
  const note =
    list === null
      ? 'none'
      : `${list.rules.length} rules, ${list.default} by default${list.dryRun === true ? ', a dry run' : ''}`
  // SECURITY: a list that the journal knows nothing of does not come into force.
  await recordAction(services, 'rules.changed', { note })
  services.rules.save(services.project, list ?? undefined)
}
