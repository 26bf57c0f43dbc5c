import { Projects } from '../access/projects.ts'
import type { TokenAccess } from '../access/token-access.ts'
import type { Clock } from '../foundation/clock.ts'
import type { KeyService } from '../sandbox/key-service.ts'
import type { SandboxService } from '../sandbox/sandbox-service.ts'
import type { Storage } from '../storage/sqlite/open-storage.ts'
import type { Vault } from '../vault/vault.ts'

/** What projects are put together from. */
export interface ProjectsSources {
  readonly clock: Clock
  readonly keys: Pick<KeyService, 'list'>
  readonly sandboxes: Pick<SandboxService, 'list'>
  readonly storage: Pick<Storage, 'caps' | 'decoys' | 'profiles' | 'projects' | 'providers' | 'rules'>
  readonly tokens: Pick<TokenAccess, 'revokeAll'>
  readonly vault: Pick<Vault, 'list'>
}

/** Sandboxes that are looked at: those that live are among the newest. */
const maxSandboxes = 1_000

/** Opens the projects of an installation. */
export function openProjects({ clock, keys, sandboxes, storage, tokens, vault }: ProjectsSources): Projects {
  return new Projects({
    store: storage.projects,
    clock,
    contentsOf(project) {
      const isAlive = ({ status }: { readonly status: string }): boolean => status === 'active'
      const found = [
        ['secrets', vault.list(project, 1, null).length > 0],
        ['sandboxes', sandboxes.list(project, maxSandboxes, null).some(isAlive)],
        ['providers', storage.providers.list(project, 1, null).length > 0],
        ['profiles', storage.profiles.list(project, 1, null).length > 0],
        ['keys', keys.list(project, maxSandboxes, null).some(isAlive)],
        ['decoys', storage.decoys.list(project, 1, null).length > 0],
      ] as const
      return found.flatMap(([name, isThere]) => (isThere ? [name] : [])).join(', ')
    },
    clear(project) {
      tokens.revokeAll(project)
      storage.rules.save(project, undefined)
      for (const { on, owner } of storage.caps.list(project)) storage.caps.set({ project, on, owner }, [])
    },
  })
}
