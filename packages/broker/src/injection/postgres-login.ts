import type { ClientCertificate } from './client-certificate.ts'
import { LoginForm, type LoginUrl } from './login-form.ts'

/** What a secret and its scope say about logging in to PostgreSQL. */
export interface PostgresLogin {
  readonly user: string
  /** Empty where keys, or a certificate alone, stand in its place. */
  readonly password: string
  /** What SCRAM-SHA-256 needs of a password, of 32 bytes each. */
  readonly scramKeys?: { readonly clientKey: Buffer; readonly serverKey: Buffer }
  /** What is shown in TLS. */
  readonly identity?: ClientCertificate
  /** Null where neither says one; then it is called like the user. */
  readonly database: string | null
  /** As the URL writes it; null for a secret that is a password alone. */
  readonly host: string | null
  readonly port: number | null
  /** The operator wrote `sslmode=disable`. */
  readonly clearText: boolean
}

/** What the scope says about the login. */
export interface PostgresLoginScope {
  readonly user?: string | undefined
  readonly database?: string | undefined
  readonly tls?: string | undefined
}

/** How such a secret is written. */
export const postgresForm = new LoginForm(
  /^postgres(?:ql)?:\/\//i,
  'Store postgres://USER:PASSWORD@HOST:PORT/DATABASE, or the password or a client certificate alone with `user` in the scope.',
)
const usualPort = 5_432
const sslModes = new Set(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'])
/** Bytes of a key for SCRAM-SHA-256. */
const keyBytes = 32

/**
 * Reads a secret that is a connection URL, or a password or a certificate whose user the scope names. SECURITY: no refusal repeats
 * anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readPostgresLogin(secret: Uint8Array, scope: PostgresLoginScope): PostgresLogin {
  const { text, ...shown } = postgresForm.read(secret)
  if (text.includes('\0')) throw postgresForm.unusable('it holds a zero byte')
  const { user = null, database = null } = scope
  postgresForm.demandTls(shown, scope.tls === 'off')
  if (!postgresForm.isUrl(text)) {
    if (user === null) throw postgresForm.unusable('it is no connection URL, and the scope names no user')
    return { user, password: text, ...shown, database, host: null, port: null, clearText: false }
  }
  const url = postgresForm.url(text)
  const scramKeys = scramKeysOf(url)
  if (url.password === '' && scramKeys === undefined && shown.identity === undefined) {
    throw postgresForm.unusable('the connection URL has no password')
  }
  const who = user ?? url.user
  if (who === '') throw postgresForm.unusable('neither the connection URL nor the scope names a user')
  const mode = url.parameters.get('sslmode')
  if (mode !== null && !sslModes.has(mode)) throw postgresForm.unusable('its sslmode is none that is known')
  postgresForm.demandTls(shown, mode === 'disable')
  return {
    user: who,
    password: url.password,
    ...(scramKeys && { scramKeys }),
    ...shown,
    database: database ?? (url.path === '' ? null : url.path),
    host: url.host,
    port: url.port ?? usualPort,
    clearText: mode === 'disable',
  }
}

/** The keys that stand in the URL in place of a password, under the names that libpq has for them from version 18 on. */
function scramKeysOf({ parameters, password }: LoginUrl): PostgresLogin['scramKeys'] {
  const [client, server] = ['scram_client_key', 'scram_server_key'].map((name) => parameters.get(name) ?? undefined)
  if (client === undefined && server === undefined) return undefined
  if (client === undefined || server === undefined) throw postgresForm.unusable('of two keys for SCRAM it has one')
  if (password !== '') throw postgresForm.unusable('it has a password, and keys for SCRAM beside it')
  return { clientKey: scramKey(client), serverKey: scramKey(server) }
}

function scramKey(text: string): Buffer {
  // A plus sign that is not escaped is a blank to those who read parameters.
  const key = Buffer.from(text.replaceAll(' ', '+'), 'base64')
  if (key.length !== keyBytes) throw postgresForm.unusable('a key for SCRAM is not 32 bytes in Base64')
  return key
}
