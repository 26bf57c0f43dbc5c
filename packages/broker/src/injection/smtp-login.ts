import { LoginForm, textOfSecret } from './login-form.ts'

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

/** How such a secret is written. */
export const smtpForm = new LoginForm(
  /^smtps?:\/\//i,
  'Store smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST, or the password alone with `user` in the scope.',
)
/** What the mechanisms put between a name and what follows is among these. */
const separator = /\p{Cc}/u

/**
 * Reads a secret that is a connection URL, or a password or token whose user the scope names. SECURITY: no refusal repeats anything of it.
 * @throws CoatcheckError `secret_unusable`
 */
export function readSmtpLogin(secret: Uint8Array, scope: { readonly user?: string | undefined }): SmtpLogin {
  const text = textOfSecret(secret)
  const { user = null } = scope
  if (!smtpForm.isUrl(text)) {
    if (separator.test(text)) throw smtpForm.unusable('it holds a line break or a control character')
    if (user === null) throw smtpForm.unusable('it is no connection URL, and the scope names no user')
    return { user, password: text, host: null, port: null, isImplicit: false }
  }
  const { scheme, user: name, password, host, port } = smtpForm.url(text)
  if (host === '') throw smtpForm.unusable('the connection URL cannot be read')
  if (password === '') throw smtpForm.unusable('the connection URL has no password')
  const who = user ?? name
  if (who === '') throw smtpForm.unusable('neither the connection URL nor the scope names a user')
  if (separator.test(who + password)) throw smtpForm.unusable('it holds a line break or a control character')
  const isImplicit = scheme === 'smtps:'
  return { user: who, password, host, port: port ?? (isImplicit ? 465 : 587), isImplicit }
}
