import { HostKeyPins } from '../../injection/ssh/host-key-pins.ts'
import { publishedHostKeys } from '../../injection/ssh/published-host-keys.ts'
import type { GrantSetup } from '../connector.ts'
import { fitsRepository, type GitCommand } from './git-command.ts'

/** What a scope says about sessions, with what holds where it is silent. */
export interface ScopeOptions {
  readonly user: string
  readonly pins: HostKeyPins
  /** Why a command is not let through, in words for the client; undefined where it is. */
  faultOf(command: GitCommand): string | undefined
}

/** The options of a scope that was checked when it was saved. */
export function scopeOptions({ inject, host }: Pick<GrantSetup, 'inject' | 'host'>): ScopeOptions {
  const { user, hostKeys, repositories, access } = inject as {
    readonly user?: string
    readonly hostKeys?: readonly string[]
    readonly repositories?: readonly string[]
    readonly access?: 'full' | 'read-only'
  }
  return {
    user: user ?? 'git',
    pins: new HostKeyPins(hostKeys ?? publishedHostKeys(host)),
    faultOf({ verb, repository }) {
      if (access === 'read-only' && verb === 'git-receive-pack')
        return 'the grant is read-only, so nothing can be pushed'
      const isCovered = repositories?.some((pattern) => fitsRepository(pattern, repository)) ?? true
      return isCovered ? undefined : 'the grant is not for this repository'
    },
  }
}
