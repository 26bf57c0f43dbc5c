import type { GrantSetup } from '../connector.ts'
import type { StatementRules } from './statement-rules.ts'

/** What a scope says about sessions, with what holds where it is silent. */
export interface ScopeOptions {
  readonly user: string | undefined
  readonly database: string | undefined
  /** Databases that a client may ask for by name; the scope's own alone where it is undefined. */
  readonly databases: readonly string[] | undefined
  /** Set when a session begins, whatever the client asks for. */
  readonly settings: Readonly<Record<string, string>>
  /** `undefined`: `verify`, but for services on this machine. */
  readonly tls: 'verify' | 'direct' | 'off' | undefined
  /** The least that the service has to ask for. */
  readonly login: 'password' | 'scram' | 'trust'
  readonly clientLogin: 'cleartext' | 'md5' | 'scram'
  readonly access: 'full' | 'read-only' | 'standby'
  readonly refusesPasswordChanges: boolean
  readonly refusesSuperuser: boolean
  readonly logsStatements: boolean
}

/** The options of a scope that was checked when it was saved. */
export function scopeOptions({ inject }: Pick<GrantSetup, 'inject'>): ScopeOptions {
  const {
    user,
    database,
    databases,
    settings,
    tls,
    login,
    clientLogin,
    access,
    passwordChanges,
    superuser,
    log,
    token,
  } = inject as unknown as Partial<ScopeOptions> &
    Readonly<Record<'passwordChanges' | 'superuser' | 'log' | 'token', string | undefined>>
  return {
    user,
    database,
    databases,
    settings: settings ?? {},
    // SECURITY: a token goes to nobody who was not verified, be it on this machine.
    tls: tls ?? (token === undefined ? undefined : 'verify'),
    login: login ?? 'password',
    clientLogin: clientLogin ?? 'cleartext',
    access: access ?? 'full',
    refusesPasswordChanges: passwordChanges !== 'pass',
    refusesSuperuser: superuser !== 'pass',
    logsStatements: log === 'statements',
  }
}

/** The rules by which statements are looked at. On a standby nothing can be written, whatever a statement says. */
export function statementRules({ access, refusesPasswordChanges }: ScopeOptions): StatementRules {
  return { refusesPasswordChanges, isReadOnly: access === 'read-only' }
}
