import type { GrantSetup } from '../connector.ts'

/** What a scope says about sessions, with what holds where it is silent. */
export interface ScopeOptions {
  readonly user: string | undefined
  readonly database: string | undefined
  /** `undefined`: `verify`, but for services on this machine. */
  readonly tls: 'verify' | 'off' | undefined
  /** How the broker may log in; in every way that it knows where it is undefined. */
  readonly plugins: readonly string[] | undefined
  /** SHA-256 of the key of the service, for passwords that it alone may read; in lower case. */
  readonly serverKey: string | undefined
  readonly isReadOnly: boolean
  readonly refusesPasswordChanges: boolean
  readonly refusesPasswordHashes: boolean
  readonly logsStatements: boolean
}

/** The options of a scope that was checked when it was saved. */
export function scopeOptions({ inject }: Pick<GrantSetup, 'inject'>): ScopeOptions {
  const { user, database, tls, plugins, serverKey, access, passwordChanges, passwordHashes, log, token } =
    inject as unknown as Partial<ScopeOptions> &
      Readonly<Record<'access' | 'passwordChanges' | 'passwordHashes' | 'log' | 'token', string | undefined>>
  return {
    user,
    database,
    // SECURITY: a token goes to nobody who was not verified, be it on this machine, and in no other way than the one that it is for.
    tls: token === undefined ? tls : 'verify',
    plugins: token === undefined ? plugins : ['mysql_clear_password'],
    serverKey: serverKey?.toLowerCase(),
    isReadOnly: access === 'read-only',
    refusesPasswordChanges: passwordChanges !== 'pass',
    refusesPasswordHashes: passwordHashes !== 'pass',
    logsStatements: log === 'statements',
  }
}
