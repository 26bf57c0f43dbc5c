import { type Cap, type CapOwner, capText } from '@coatcheck/contract'
import { recordAction } from './record-action.ts'
import type { AdminServices } from './services.ts'

/** Whose caps are set. */
export interface CappedOwner {
  readonly on: CapOwner
  /** What people call it. */
  readonly name: string
  readonly id: string
}

/** Puts all caps of one owner in the place of those before. @throws CoatcheckError `audit_unavailable` | `vault_locked` */
export async function saveCaps(
  services: Pick<AdminServices, 'auditLog' | 'caps' | 'project'>,
  { on, name, id }: CappedOwner,
  caps: readonly Cap[],
): Promise<void> {
  const texts = caps.map(capText).join(' ')
  // What nobody could know of must not be taken away.
  await recordAction(services, 'caps.set', { subject: `${on} ${name}`, note: texts === '' ? 'none' : texts })
  services.caps.set(services.project, on, id, caps)
}
