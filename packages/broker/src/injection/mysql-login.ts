import { CoatcheckError } from '@coatcheck/contract'

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

const hint = 'Store mysql://USER:PASSWORD@HOST:PORT/DATABASE, or the password alone with `user` in the scope.'
const urlStart = /^(?:mysql|mariadb):\/\//i
const tlsModes = new Set(['disabled', 'preferred', 'required', 'verify_ca', 'verify_identity'])

/**
 * Reads a secret that is a connection URL, or a password whose user the scope names. SECURITY: no refusal repeats anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readMysqlLogin(
  secret: Uint8Array,
  scope: { readonly user?: string | undefined; readonly database?: string | undefined },
): MysqlLogin {
  const text = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('utf8')
  const { user = null, database = null } = scope
  if (!urlStart.test(text)) {
    if (user === null) throw unusableMysqlLogin('it is no connection URL, and the scope names no user')
    return { user, password: checked(text), database, host: null, port: null, clearText: false }
  }
  // Other schemes than the ones that browsers know are read alike.
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw unusableMysqlLogin('the connection URL cannot be read')
  const [name, password, path] = [url.username, url.password, url.pathname.slice(1)].map(decoded)
  const who = user ?? name
  if (who === undefined || who === '') throw unusableMysqlLogin('neither the connection URL nor the scope names a user')
  const mode = url.searchParams.get('ssl-mode')?.toLowerCase() ?? null
  if (mode !== null && !tlsModes.has(mode)) throw unusableMysqlLogin('its ssl-mode is none that is known')
  return {
    user: checked(who),
    password: checked(password ?? ''),
    database: database ?? (path === undefined || path === '' ? null : checked(path)),
    host: url.hostname.toLowerCase(),
    port: url.port === '' ? 3306 : Number(url.port),
    clearText: mode === 'disabled',
  }
}

/** The protocol ends names and passwords with a zero, and takes an empty password for none. */
function checked(text: string): string {
  if (text === '') throw unusableMysqlLogin('it has no password')
  if (text.includes('\0')) throw unusableMysqlLogin('it holds a zero byte')
  return text
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unusableMysqlLogin('the connection URL has a `%` that escapes nothing')
  }
}

/** The refusal of a secret that is no login for MySQL. */
export function unusableMysqlLogin(reason: string): CoatcheckError {
  return new CoatcheckError('secret_unusable', { reason, hint })
}
