import type { GrantSetup } from '../connector.ts'

/** What a scope says about sessions, with what holds where it is silent. */
export interface ScopeOptions {
  readonly user: string | undefined
  readonly authSource: string | undefined
  readonly database: string | undefined
  /** Databases beside the scope’s own. */
  readonly databases: readonly string[]
  /** `undefined`: `verify`, but for services on this machine whose URL does not ask for TLS. */
  readonly tls: 'verify' | 'off' | undefined
  /** All of the service is on this machine. */
  readonly isLocal: boolean
  /** The least that the service has to take. */
  readonly login: 'scram' | 'scram-sha-256'
  readonly access: 'full' | 'read-only'
  /** Whether the commands of a session are told of, by their names. */
  readonly log: 'off' | 'commands'
}

/** The options of a scope that was checked when it was saved. */
export function scopeOptions({
  inject,
  isLocal,
  others,
}: Pick<GrantSetup, 'inject' | 'isLocal' | 'others'>): ScopeOptions {
  const { user, authSource, database, databases, tls, login, access, log } = inject as unknown as Partial<ScopeOptions>
  return {
    user,
    authSource,
    database,
    databases: databases ?? [],
    tls,
    isLocal: isLocal && others.every((other) => other.isLocal),
    login: login ?? 'scram',
    access: access ?? 'full',
    log: log ?? 'off',
  }
}
