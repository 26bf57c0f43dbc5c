import { CoatcheckError } from '@coatcheck/contract'

/** What a secret and its scope say about logging in to Redis. */
export interface RedisLogin {
  /** Null for the user that a server takes where none is named. */
  readonly user: string | null
  readonly password: string
  /** Number of a database; null where neither says one. */
  readonly database: number | null
  /** As the URL writes it; null for a secret that is a password alone. */
  readonly host: string | null
  readonly port: number | null
  /** The URL asks for TLS. */
  readonly asksForTls: boolean
}

const hint = 'Store redis://USER:PASSWORD@HOST:PORT/NUMBER, or the password alone.'
const ownScheme = /^(?:redis|valkey)(s?):\/\//i
const anyScheme = /^[a-z][a-z0-9+.-]*:\/\//i
const databaseNumber = /^(?:0|[1-9][0-9]{0,4})$/

/** Whether a text is the number of a database. */
export function isDatabaseNumber(text: string): boolean {
  return databaseNumber.test(text)
}

/**
 * Reads a secret that is a connection URL or a password. SECURITY: no refusal repeats anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readRedisLogin(
  secret: Uint8Array,
  scope: { readonly user?: string | undefined; readonly database?: string | undefined },
): RedisLogin {
  const text = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('utf8')
  const said = { user: scope.user ?? null, database: scope.database === undefined ? null : Number(scope.database) }
  const [, secure] = ownScheme.exec(text) ?? []
  if (secure === undefined) {
    if (anyScheme.test(text)) throw unusable('it is a URL of another kind')
    return { ...said, password: text, host: null, port: null, asksForTls: false }
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw unusable('the connection URL cannot be read')
  const [name = '', password = '', path = ''] = [url.username, url.password, url.pathname.slice(1)].map(decoded)
  if (password === '') throw unusable('the connection URL has no password')
  if (path !== '' && !isDatabaseNumber(path)) throw unusable('what follows its host is not the number of a database')
  return {
    // A server without users takes a password alone, which means this one.
    user: said.user ?? (name === '' || name === 'default' ? null : name),
    password,
    database: said.database ?? (path === '' ? null : Number(path)),
    host: url.hostname.toLowerCase(),
    port: url.port === '' ? 6379 : Number(url.port),
    asksForTls: secure !== '',
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unusable('the connection URL has a `%` that escapes nothing')
  }
}

/** The refusal of a secret that is no login for Redis. */
export function unusable(reason: string): CoatcheckError {
  return new CoatcheckError('secret_unusable', { reason, hint })
}
