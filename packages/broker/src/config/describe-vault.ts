import { type BrokerStatus, CoatcheckError } from '@coatcheck/contract'
import type { LocalSandboxService } from '../sandbox/local-sandbox-service.ts'
import type { Storage } from '../storage/sqlite/open-storage.ts'
import type { LocalVault } from '../vault/local-vault.ts'
import { countRotations } from '../vault/rotation-due.ts'

/** What a status counts to at most. */
const countLimit = 1_000

/** Whether the vault can be used, and how much there is in some projects. Never throws what only says that it cannot. */
export function describeVault(
  projects: () => readonly string[],
  vault: LocalVault,
  sandboxes: LocalSandboxService,
  { revision }: Storage,
): Pick<BrokerStatus, 'vault' | 'secrets' | 'sandboxes'> {
  let secrets = 0
  try {
    for (const project of projects()) secrets += vault.list(project, countLimit, null).length
    if (vault.state === 'locked') return { vault: 'locked', secrets, sandboxes: 0 }
    let active = 0
    for (const project of projects())
      active += sandboxes.list(project, countLimit, null).filter(({ status }) => status === 'active').length
    revision.current()
    return { vault: 'unlocked', secrets, sandboxes: active }
  } catch (error) {
    const rolledBack = error instanceof CoatcheckError && error.code === 'state_rolled_back'
    return { vault: rolledBack ? 'rolled-back' : 'locked', secrets, sandboxes: 0 }
  }
}

/** Rotations that are due, and new values on trial, in some projects. @throws CoatcheckError `row_tampered` */
export function rotationsOf(projects: readonly string[], vault: Pick<LocalVault, 'list'>, now: Date) {
  const secrets = projects.flatMap((project) => vault.list(project, countLimit, null))
  return countRotations(secrets, now)
}
