import { CoatcheckError } from '@coatcheck/contract'
import { recordAction } from '../admin/record-action.ts'
import type { AdminServices } from '../admin/services.ts'
import type { SandboxHousekeeping } from '../sandbox/sandbox-housekeeping.ts'
import type { KeyCustody } from '../vault/key-custody.ts'

/**
 * Goes on with what an earlier process left. A database that is refused stays so for each use; that must not keep the operator from the
 * API that says why.
 */
export async function lookAfter(
  services: AdminServices,
  custody: KeyCustody,
  housekeeping: SandboxHousekeeping,
): Promise<void> {
  try {
    if (await custody.resume()) await recordAction(services, 'vault.key-rotated', { note: 'it had been interrupted' })
    await housekeeping.start(services.projects.names())
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error
  }
}
