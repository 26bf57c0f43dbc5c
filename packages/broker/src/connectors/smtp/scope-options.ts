import { type MailPattern, parseMailPattern } from '../../injection/mail-pattern.ts'
import type { GrantSetup } from '../connector.ts'

/** What a scope says about sessions, with what holds where it is silent. */
export interface ScopeOptions {
  readonly user: string | undefined
  /** `undefined`: as the secret and the port say. */
  readonly tls: 'starttls' | 'implicit' | 'off' | undefined
  /** `scram`: the password is shown by nothing else. */
  readonly login: 'password' | 'scram' | 'token'
  /** Anybody where it is undefined; the same for recipients. */
  readonly senders: readonly MailPattern[] | undefined
  readonly recipients: readonly MailPattern[] | undefined
  readonly checksFrom: boolean
  /** Of one mail. */
  readonly maxRecipients: number
  /** Of one mail; whatever the service takes where it is undefined. */
  readonly maxBytes: number | undefined
}

/** What RFC 5321 §4.5.3.1.8 has servers take at least. */
const usualRecipients = 100

/** The options of a scope that was checked when it was saved. */
export function scopeOptions({ inject }: Pick<GrantSetup, 'inject'>): ScopeOptions {
  const { user, tls, login, senders, recipients, headerFrom, maxRecipients, maxBytes } = inject as unknown as Pick<
    ScopeOptions,
    'user' | 'tls'
  > &
    Readonly<Record<string, unknown>> & { readonly login?: ScopeOptions['login'] }
  return {
    user,
    tls,
    login: login ?? 'password',
    senders: patterns(senders),
    recipients: patterns(recipients),
    checksFrom: senders !== undefined && headerFrom !== 'pass',
    maxRecipients: maxRecipients === undefined ? usualRecipients : Number(maxRecipients),
    maxBytes: maxBytes === undefined ? undefined : Number(maxBytes),
  }
}

function patterns(texts: unknown): readonly MailPattern[] | undefined {
  if (texts === undefined) return undefined
  // SECURITY: a pattern that cannot be read names nobody.
  return (texts as readonly string[]).map(parseMailPattern).filter((pattern) => pattern !== undefined)
}
