import { CoatcheckError } from '@coatcheck/contract'

/** What a secret and its scope say about logging in to a mail server. */
export interface SmtpLogin {
  readonly user: string
  /** A password, or the token that stands in its place. */
  readonly password: string
  /** As the URL writes it; null for a secret that is a password alone. */
  readonly host: string | null
  readonly port: number | null
  /** The operator wrote `smtps://`: TLS from the first byte. */
  readonly isImplicit: boolean
}

const hint =
  'Store smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST, or the password alone with `user` in the scope.'
const urlStart = /^smtps?:\/\//i
/** What the mechanisms put between a name and what follows is among these. */
const separator = /\p{Cc}/u

/**
 * Reads a secret that is a connection URL, or a password or token whose user the scope names. SECURITY: no refusal repeats anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readSmtpLogin(secret: Uint8Array, scope: { readonly user?: string | undefined }): SmtpLogin {
  const text = Buffer.from(secret.buffer, secret.byteOffset, secret.byteLength).toString('utf8')
  const { user = null } = scope
  if (!urlStart.test(text)) {
    if (separator.test(text)) throw unusableSmtp('it holds a line break or a control character')
    if (user === null) throw unusableSmtp('it is no connection URL, and the scope names no user')
    return { user, password: text, host: null, port: null, isImplicit: false }
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.hostname === '') throw unusableSmtp('the connection URL cannot be read')
  const [name = '', password = ''] = [url.username, url.password].map(decoded)
  if (password === '') throw unusableSmtp('the connection URL has no password')
  const who = user ?? name
  if (who === '') throw unusableSmtp('neither the connection URL nor the scope names a user')
  if (separator.test(who + password)) throw unusableSmtp('it holds a line break or a control character')
  const isImplicit = url.protocol === 'smtps:'
  const usual = isImplicit ? 465 : 587
  return {
    user: who,
    password,
    host: url.hostname.toLowerCase(),
    port: url.port === '' ? usual : Number(url.port),
    isImplicit,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw unusableSmtp('the connection URL has a `%` that escapes nothing')
  }
}

/** The refusal of a secret that is no login for a mail server. */
export function unusableSmtp(reason: string): CoatcheckError {
  return new CoatcheckError('secret_unusable', { reason, hint })
}
