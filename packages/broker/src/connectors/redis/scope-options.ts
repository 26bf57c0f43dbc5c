import type { GrantSetup } from '../connector.ts'

/** What a scope says about sessions, with what holds where it is silent. */
export interface ScopeOptions {
  readonly user: string | undefined
  readonly database: string | undefined
  /** `undefined`: `verify`, but for services on this machine whose URL does not ask for TLS. */
  readonly tls: 'verify' | 'off' | undefined
  readonly access: 'full' | 'read-only'
  /** The commands that are allowed at most; all that `access` allows where it is undefined. */
  readonly commands: readonly string[] | undefined
  /** Whether the commands of a session are told of, by their names. */
  readonly log: 'off' | 'commands'
}

/** The options of a scope that was checked when it was saved. */
export function scopeOptions({ inject }: Pick<GrantSetup, 'inject'>): ScopeOptions {
  const { user, database, tls, access, commands, log } = inject as unknown as Partial<ScopeOptions>
  return { user, database, tls, access: access ?? 'full', commands, log: log ?? 'off' }
}
