import { LoginForm, textOfSecret } from './login-form.ts'

/** What a secret and its scope say about logging in to PostgreSQL. */
export interface PostgresLogin {
  readonly user: string
  readonly password: string
  /** Null where neither says one; then it is called like the user. */
  readonly database: string | null
  /** As the URL writes it; null for a secret that is a password alone. */
  readonly host: string | null
  readonly port: number | null
  /** The operator wrote `sslmode=disable`. */
  readonly clearText: boolean
}

/** How such a secret is written. */
export const postgresForm = new LoginForm(
  /^postgres(?:ql)?:\/\//i,
  'Store postgres://USER:PASSWORD@HOST:PORT/DATABASE, or the password alone with `user` in the scope.',
)
const usualPort = 5_432
const sslModes = new Set(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'])

/**
 * Reads a secret that is a connection URL, or a password whose user the scope names. SECURITY: no refusal repeats anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readPostgresLogin(
  secret: Uint8Array,
  scope: { readonly user?: string | undefined; readonly database?: string | undefined },
): PostgresLogin {
  const text = textOfSecret(secret)
  if (text.includes('\0')) throw postgresForm.unusable('it holds a zero byte')
  const { user = null, database = null } = scope
  if (!postgresForm.isUrl(text)) {
    if (user === null) throw postgresForm.unusable('it is no connection URL, and the scope names no user')
    return { user, password: text, database, host: null, port: null, clearText: false }
  }
  const url = postgresForm.url(text)
  if (url.password === '') throw postgresForm.unusable('the connection URL has no password')
  const who = user ?? url.user
  if (who === '') throw postgresForm.unusable('neither the connection URL nor the scope names a user')
  const mode = url.parameters.get('sslmode')
  if (mode !== null && !sslModes.has(mode)) throw postgresForm.unusable('its sslmode is none that is known')
  return {
    user: who,
    password: url.password,
    database: database ?? (url.path === '' ? null : url.path),
    host: url.host,
    port: url.port ?? usualPort,
    clearText: mode === 'disable',
  }
}
