import { type BrokerStatus, CoatcheckError } from '@coatcheck/contract'
import type { LocalSandboxService } from '../sandbox/local-sandbox-service.ts'
import type { Storage } from '../storage/sqlite/open-storage.ts'
import type { LocalVault } from '../vault/local-vault.ts'

/** What a status counts to at most. */
export const countLimit = 1_000

/** Whether the vault can be used, and how much there is. Never throws what only says that it cannot. */
export function describeVault(
  project: string,
  vault: LocalVault,
  sandboxes: LocalSandboxService,
  { revision }: Storage,
): Pick<BrokerStatus, 'vault' | 'secrets' | 'sandboxes'> {
  let secrets = 0
  try {
    secrets = vault.list(project, countLimit, null).length
    if (vault.state === 'locked') return { vault: 'locked', secrets, sandboxes: 0 }
    const active = sandboxes.list(project, countLimit, null).filter(({ status }) => status === 'active').length
    revision.current()
    return { vault: 'unlocked', secrets, sandboxes: active }
  } catch (error) {
    const rolledBack = error instanceof CoatcheckError && error.code === 'state_rolled_back'
    return { vault: rolledBack ? 'rolled-back' : 'locked', secrets, sandboxes: 0 }
  }
}
