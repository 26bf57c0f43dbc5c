import type { ClientCertificate } from './client-certificate.ts'
import { LoginForm } from './login-form.ts'

/** What a secret and its scope say about logging in to Redis. */
export interface RedisLogin {
  /** Null for the user that a server takes where none is named. */
  readonly user: string | null
  /** Empty where a certificate alone stands in its place. */
  readonly password: string
  /** What is shown in TLS. */
  readonly identity?: ClientCertificate
  /** Number of a database; null where neither says one. */
  readonly database: number | null
  /** As the URL writes it; null for a secret that is a password alone. */
  readonly host: string | null
  readonly port: number | null
  /** The URL asks for TLS. */
  readonly asksForTls: boolean
}

/** What the scope says about the login. */
export interface RedisLoginScope {
  readonly user?: string | undefined
  readonly database?: string | undefined
  readonly tls?: string | undefined
}

/** How such a secret is written. */
export const redisForm = new LoginForm(
  /^(?:redis|valkey)s?:\/\//i,
  'Store redis://USER:PASSWORD@HOST:PORT/NUMBER, or the password or a client certificate alone.',
)
const usualPort = 6_379
const anyScheme = /^[a-z][a-z0-9+.-]*:\/\//i
const databaseNumber = /^(?:0|[1-9][0-9]{0,4})$/

/** Whether a text is the number of a database. */
export function isDatabaseNumber(text: string): boolean {
  return databaseNumber.test(text)
}

/**
 * Reads a secret that is a connection URL, a password or a certificate. SECURITY: no refusal repeats anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readRedisLogin(secret: Uint8Array, scope: RedisLoginScope): RedisLogin {
  const { text, ...shown } = redisForm.read(secret)
  redisForm.demandTls(shown, scope.tls === 'off')
  const said = { user: scope.user ?? null, database: scope.database === undefined ? null : Number(scope.database) }
  if (!redisForm.isUrl(text)) {
    if (anyScheme.test(text)) throw redisForm.unusable('it is a URL of another kind')
    return withUserShown({ ...said, password: text, ...shown, host: null, port: null, asksForTls: false })
  }
  const { scheme, user, password, path, host, port } = redisForm.url(text)
  if (password === '' && shown.identity === undefined) throw redisForm.unusable('the connection URL has no password')
  if (path !== '' && !isDatabaseNumber(path))
    throw redisForm.unusable('what follows its host is not the number of a database')
  return withUserShown({
    // A server without users takes a password alone, which means this one.
    user: said.user ?? (user === '' || user === 'default' ? null : user),
    password,
    ...shown,
    database: said.database ?? (path === '' ? null : Number(path)),
    host,
    port: port ?? usualPort,
    asksForTls: scheme === 'rediss:' || scheme === 'valkeys:',
  })
}

/** Without a password, the server takes the user from the certificate. */
function withUserShown(login: RedisLogin): RedisLogin {
  if (login.identity === undefined || login.password !== '' || login.user === null) return login
  throw redisForm.unusable('a user is named, and no password: a certificate alone says the user itself')
}
