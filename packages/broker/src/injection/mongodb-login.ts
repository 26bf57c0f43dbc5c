import { isIP } from 'node:net'
import { type ClientCertificate, demandLasting } from './client-certificate.ts'
import { LoginForm } from './login-form.ts'

/** Where a connection URL says that a service is. */
export interface MongodbMember {
  /** As the URL writes it, in lower case; an address of version 6 without its brackets. */
  readonly host: string
  readonly port: number
}

/** What a secret and its scope say about logging in to MongoDB. */
export interface MongodbLogin {
  /** Empty where the certificate says it. */
  readonly user: string
  /** Empty where a certificate alone stands in its place. */
  readonly password: string
  /** What is shown in TLS. */
  readonly identity?: ClientCertificate
  /** The database that knows the user. */
  readonly authSource: string
  /** The database of the URL or the scope; null where neither names one that has data. */
  readonly database: string | null
  /** None for a secret that is a password alone. */
  readonly members: readonly MongodbMember[]
  readonly mechanism: 'SCRAM-SHA-1' | 'SCRAM-SHA-256' | 'MONGODB-X509' | null
  /** The URL or the certificate asks for TLS. */
  readonly asksForTls: boolean
}

/** What the scope says about the login. */
export interface MongodbLoginScope {
  readonly user?: string | undefined
  readonly authSource?: string | undefined
  readonly database?: string | undefined
  readonly tls?: string | undefined
}

const form = new LoginForm(
  /^mongodb(?:\+srv)?:\/\//i,
  'Store mongodb://USER:PASSWORD@HOST:PORT/DATABASE, or the password alone with `user` in the scope, or a client certificate.',
)
const urlForm = /^mongodb:\/\/(?:([^:@/?#]*)(?::([^:@/?#]+))?@)?([^@/?#]+)(?:\/([^/?#]*)(?:\?([^#]*))?)?$/i
const usualPort = 27_017
/** Databases of the service itself: a URL names them for the login, and no session is let into them. */
const systemDatabases = new Set(['admin', 'config', 'local'])
/** The database of users that a service knows by other means than a password. */
const external = '$external'
const mechanisms = ['SCRAM-SHA-1', 'SCRAM-SHA-256'] as const
/** Options that would make a certificate worth nothing. */
const insecure = new Set(['tlsinsecure', 'tlsallowinvalidcertificates', 'tlsallowinvalidhostnames'])

/** Whether a database holds what the service needs for itself. */
export function isSystemDatabase(name: string): boolean {
  return systemDatabases.has(name.toLowerCase())
}

/**
 * Reads a secret that is a connection URL, a password whose user the scope names, or a certificate. SECURITY: no refusal repeats anything
 * of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readMongodbLogin(secret: Uint8Array, scope: MongodbLoginScope): MongodbLogin {
  const { text, ...shown } = form.read(secret)
  form.demandTls(shown, scope.tls === 'off')
  if (text.includes('\0')) throw form.unusable('it holds a zero byte')
  const { user, authSource, database } = scope
  if (shown.identity !== undefined && text === '') {
    const place = { authSource: external, database: database ?? null, members: [] }
    return { user: user ?? '', password: '', ...shown, ...place, mechanism: 'MONGODB-X509', asksForTls: true }
  }
  if (!form.isUrl(text)) {
    if (user === undefined) throw form.unusable('it is no connection URL, and the scope names no user')
    const place = { authSource: authSource ?? 'admin', database: database ?? null, members: [] }
    return { user, password: text, ...place, mechanism: null, asksForTls: false }
  }
  if (/^mongodb\+srv:/i.test(text)) {
    throw form.unusable('mongodb+srv leaves hosts and options to the resolver: write the hosts out, as mongodb://')
  }
  const [, name = '', password = '', hosts, path = '', query = ''] = urlForm.exec(text) ?? []
  if (hosts === undefined || (password === '' && shown.identity === undefined)) {
    throw form.unusable('the connection URL cannot be read, or has no password')
  }
  const isCertified = password === ''
  const who = user ?? form.decoded(name)
  if (who === '' && !isCertified) throw form.unusable('neither the connection URL nor the scope names a user')
  const options = readOptions(query, scope)
  const own = form.decoded(path)
  const place = {
    authSource: isCertified ? external : known(authSource ?? options.get('authsource') ?? (own === '' ? 'admin' : own)),
    database: database ?? (own === '' || isSystemDatabase(own) ? null : own),
    members: hosts.split(',').map(readMember),
  }
  const mechanism = mechanismOf(options, isCertified)
  const asksForTls = shown.identity !== undefined || wishForTls(options) === 'true'
  return { user: who, password: form.decoded(password), ...shown, ...place, mechanism, asksForTls }
}

function readOptions(query: string, { tls }: MongodbLoginScope): ReadonlyMap<string, string> {
  const pairs = [...new URLSearchParams(query)].map(([name, value]) => [name.toLowerCase(), value] as const)
  const options = new Map(pairs)
  if (pairs.length !== options.size) throw form.unusable('the connection URL says an option twice')
  if ([...insecure].some((name) => options.get(name) === 'true')) {
    throw form.unusable(
      'the connection URL would take any certificate; `roots` in the scope has those of an authority of yours',
    )
  }
  const wish = wishForTls(options)
  // SECURITY: clear text is for the scope to allow, where everybody sees it.
  if (wish === 'false' && tls !== 'off') throw form.unusable('the connection URL turns TLS off, and the scope does not')
  if (wish === 'true' && tls === 'off')
    throw form.unusable('the connection URL demands TLS, and the scope turns it off')
  return options
}

function wishForTls(options: ReadonlyMap<string, string>): string | undefined {
  return options.get('tls') ?? options.get('ssl')
}

function known(authSource: string): string {
  if (authSource === external) throw form.unusable('logins by Kerberos, LDAP or a cloud are not spoken')
  return authSource
}

function mechanismOf(options: ReadonlyMap<string, string>, isCertified: boolean): MongodbLogin['mechanism'] {
  const wish = options.get('authmechanism')
  if (isCertified) {
    if (wish === undefined || wish === 'MONGODB-X509') return 'MONGODB-X509'
    throw form.unusable('it has a certificate and no password, and its authMechanism wants one')
  }
  if (wish === undefined || wish === 'DEFAULT') return null
  const found = mechanisms.find((name) => name === wish)
  if (found === undefined) throw form.unusable('its authMechanism is none that is spoken: SCRAM-SHA-256, SCRAM-SHA-1')
  return found
}

function readMember(text: string): MongodbMember {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::([0-9]{1,5}))?$/i.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined) throw form.unusable('a host of the connection URL cannot be read')
  return { host: host.toLowerCase(), port: port === undefined ? usualPort : Number(port) }
}

/** Refuses a login whose certificate is over. @throws CoatcheckError `secret_unusable` */
export function checkMongodbLogin({ identity }: MongodbLogin): void {
  if (identity !== undefined) demandLasting(identity)
}

/** Refuses a login whose URL has other places than that of its scope. @throws CoatcheckError `secret_unusable` */
export function checkMongodbPlace({ members }: MongodbLogin, host: string, port: number): void {
  // An address is pinned beside the name that the scope has for it.
  const isNamed = members.some((member) => member.port === port && (isIP(member.host) !== 0 || member.host === host))
  if (members.length > 0 && !isNamed) throw form.unusable('it does not name the host and port of its scope')
}
