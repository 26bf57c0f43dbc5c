import type { AuditKind } from '@coatcheck/contract'
import { newIdentifier } from '../foundation/identifier.ts'
import type { AdminServices } from './services.ts'

/** Records a management action; the reply waits for it. @throws CoatcheckError `audit_unavailable` */
export async function recordAction(
  services: Pick<AdminServices, 'auditLog' | 'project'>,
  kind: AuditKind,
  details: { readonly subject?: string; readonly secrets?: readonly string[]; readonly note?: string } = {},
): Promise<void> {
  await services.auditLog.append({ id: newIdentifier('evt'), kind, project: services.project, ...details })
}
