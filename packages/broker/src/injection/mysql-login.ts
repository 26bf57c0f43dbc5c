import { LoginForm, textOfSecret } from './login-form.ts'

/** What a secret and its scope say about logging in to MySQL or MariaDB. */
export interface MysqlLogin {
  readonly user: string
  readonly password: string
  /** Null where neither says one; then a session begins without. */
  readonly database: string | null
  /** As the URL writes it; null for a secret that is a password alone. */
  readonly host: string | null
  readonly port: number | null
  /** The operator wrote `ssl-mode=DISABLED`. */
  readonly clearText: boolean
}

/** How such a secret is written. */
export const mysqlForm = new LoginForm(
  /^(?:mysql|mariadb):\/\//i,
  'Store mysql://USER:PASSWORD@HOST:PORT/DATABASE, or the password alone with `user` in the scope.',
)
const usualPort = 3_306
const tlsModes = new Set(['disabled', 'preferred', 'required', 'verify_ca', 'verify_identity'])

/**
 * Reads a secret that is a connection URL, or a password whose user the scope names. SECURITY: no refusal repeats anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readMysqlLogin(
  secret: Uint8Array,
  scope: { readonly user?: string | undefined; readonly database?: string | undefined },
): MysqlLogin {
  const text = textOfSecret(secret)
  const { user = null, database = null } = scope
  if (!mysqlForm.isUrl(text)) {
    if (user === null) throw mysqlForm.unusable('it is no connection URL, and the scope names no user')
    return { user, password: checked(text), database, host: null, port: null, clearText: false }
  }
  const url = mysqlForm.url(text)
  const who = user ?? url.user
  if (who === '') throw mysqlForm.unusable('neither the connection URL nor the scope names a user')
  const mode = url.parameters.get('ssl-mode')?.toLowerCase() ?? null
  if (mode !== null && !tlsModes.has(mode)) throw mysqlForm.unusable('its ssl-mode is none that is known')
  return {
    user: checked(who),
    password: checked(url.password),
    database: database ?? (url.path === '' ? null : checked(url.path)),
    host: url.host,
    port: url.port ?? usualPort,
    clearText: mode === 'disabled',
  }
}

/** The protocol ends names and passwords with a zero, and takes an empty password for none. */
function checked(text: string): string {
  if (text === '') throw mysqlForm.unusable('it has no password')
  if (text.includes('\0')) throw mysqlForm.unusable('it holds a zero byte')
  return text
}
