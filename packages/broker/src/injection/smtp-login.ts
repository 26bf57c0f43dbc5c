import type { ClientCertificate } from './client-certificate.ts'
import { LoginForm } from './login-form.ts'

/** What a secret and its scope say about logging in to a mail server. */
export interface SmtpLogin {
  /** Empty where the certificate says it. */
  readonly user: string
  /** A password, or the token that stands in its place; empty where a certificate alone does. */
  readonly password: string
  /** What is shown in TLS. */
  readonly identity?: ClientCertificate
  /** As the URL writes it; null for a secret that is a password alone. */
  readonly host: string | null
  readonly port: number | null
  /** The operator wrote `smtps://`: TLS from the first byte. */
  readonly isImplicit: boolean
}

/** How such a secret is written. */
export const smtpForm = new LoginForm(
  /^smtps?:\/\//i,
  'Store smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST, or the password alone with `user` in the scope, or a client certificate.',
)

/** What the scope says about the login. */
export interface SmtpLoginScope {
  readonly user?: string | undefined
  readonly tls?: string | undefined
  readonly login?: string | undefined
}

/** What the mechanisms put between a name and what follows is among these. */
const separator = /\p{Cc}/u

/**
 * Reads a secret that is a connection URL, a password or token whose user the scope names, or a certificate. SECURITY: no refusal repeats
 * anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readSmtpLogin(secret: Uint8Array, scope: SmtpLoginScope): SmtpLogin {
  const { text, ...shown } = smtpForm.read(secret)
  const { user = null } = scope
  smtpForm.demandTls(shown, scope.tls === 'off')
  const isAlone = (password: string): boolean => {
    if (shown.identity === undefined || password !== '') return false
    if (scope.login === 'password' || scope.login === undefined) return true
    throw smtpForm.unusable('its certificate stands alone, and the scope says how a password or a token is shown')
  }
  if (!smtpForm.isUrl(text)) {
    if (separator.test(text)) throw smtpForm.unusable('it holds a line break or a control character')
    if (user === null && !isAlone(text)) {
      throw smtpForm.unusable('it is no connection URL, and the scope names no user')
    }
    return { user: user ?? '', password: text, ...shown, host: null, port: null, isImplicit: false }
  }
  const { scheme, user: name, password, host, port } = smtpForm.url(text)
  if (host === '') throw smtpForm.unusable('the connection URL cannot be read')
  if (password === '' && shown.identity === undefined) throw smtpForm.unusable('the connection URL has no password')
  const who = user ?? name
  if (who === '' && !isAlone(password)) throw smtpForm.unusable('neither the connection URL nor the scope names a user')
  if (separator.test(who + password)) throw smtpForm.unusable('it holds a line break or a control character')
  const isImplicit = scheme === 'smtps:'
  return { user: who, password, ...shown, host, port: port ?? (isImplicit ? 465 : 587), isImplicit }
}
