import type { ClientCertificate } from './client-certificate.ts'
import { LoginForm } from './login-form.ts'

/** What a secret and its scope say about logging in to MySQL or MariaDB. */
export interface MysqlLogin {
  readonly user: string
  /** Empty where a certificate alone stands in its place. */
  readonly password: string
  /** What is shown in TLS. */
  readonly identity?: ClientCertificate
  /** Null where neither says one; then a session begins without. */
  readonly database: string | null
  /** As the URL writes it; null for a secret that is a password alone. */
  readonly host: string | null
  readonly port: number | null
  /** The operator wrote `ssl-mode=DISABLED`. */
  readonly clearText: boolean
}

/** What the scope says about the login. */
export interface MysqlLoginScope {
  readonly user?: string | undefined
  readonly database?: string | undefined
  readonly tls?: string | undefined
}

/** How such a secret is written. */
export const mysqlForm = new LoginForm(
  /^(?:mysql|mariadb):\/\//i,
  'Store mysql://USER:PASSWORD@HOST:PORT/DATABASE, or the password or a client certificate alone with `user` in the scope.',
)
const usualPort = 3_306
const tlsModes = new Set(['disabled', 'preferred', 'required', 'verify_ca', 'verify_identity'])

/**
 * Reads a secret that is a connection URL, or a password or a certificate whose user the scope names. SECURITY: no refusal repeats
 * anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readMysqlLogin(secret: Uint8Array, scope: MysqlLoginScope): MysqlLogin {
  const { text, ...shown } = mysqlForm.read(secret)
  const { user = null, database = null } = scope
  mysqlForm.demandTls(shown, scope.tls === 'off')
  if (!mysqlForm.isUrl(text)) {
    if (user === null) throw mysqlForm.unusable('it is no connection URL, and the scope names no user')
    const password = passwordOf(text, shown.identity)
    return { user, password, ...shown, database, host: null, port: null, clearText: false }
  }
  const url = mysqlForm.url(text)
  const who = user ?? url.user
  if (who === '') throw mysqlForm.unusable('neither the connection URL nor the scope names a user')
  const mode = url.parameters.get('ssl-mode')?.toLowerCase() ?? null
  if (mode !== null && !tlsModes.has(mode)) throw mysqlForm.unusable('its ssl-mode is none that is known')
  mysqlForm.demandTls(shown, mode === 'disabled')
  return {
    user: checked(who),
    password: passwordOf(url.password, shown.identity),
    ...shown,
    database: database ?? (url.path === '' ? null : checked(url.path)),
    host: url.host,
    port: url.port ?? usualPort,
    clearText: mode === 'disabled',
  }
}

/** The protocol takes an empty password for none. */
function passwordOf(text: string, identity: ClientCertificate | undefined): string {
  if (text === '' && identity === undefined) throw mysqlForm.unusable('it has no password')
  return checked(text)
}

/** The protocol ends names and passwords with a zero. */
function checked(text: string): string {
  if (text.includes('\0')) throw mysqlForm.unusable('it holds a zero byte')
  return text
}
