import { CoatcheckError } from '@coatcheck/contract'
import { defineInjector, type ListOption } from '../define-injector.ts'
import { urlLoginInjection } from '../login-injection.ts'
import { parseMailPattern } from '../mail-pattern.ts'
import { numberOption, wordOption } from '../option-forms.ts'
import { readSmtpLogin, smtpForm } from '../smtp-login.ts'

const mailboxes = {
  type: 'list',
  required: false,
  allowed: 'one to sixteen mailboxes, name@example.com, or @example.com for all of a domain',
  accepts: (text: string) => parseMailPattern(text) !== undefined,
} as const satisfies ListOption

/** A login to a mail server, by the broker's own connector. The secret is a connection URL, a password, a token, or a client certificate. */
export const smtp = defineInjector({
  kind: 'smtp',
  surfaces: [],
  options: {
    user: {
      type: 'text',
      required: false,
      allowed: 'a name of up to 256 characters, without control characters',
      accepts: (text) => /^\P{Cc}{1,256}$/u.test(text),
    },
    tls: wordOption(['starttls', 'implicit', 'off'], false),
    login: wordOption(['password', 'scram', 'token'], false),
    senders: mailboxes,
    recipients: mailboxes,
    headerFrom: wordOption(['check', 'pass'], false),
    maxRecipients: numberOption(1, 10_000),
    maxBytes: numberOption(1_024, 1_073_741_824),
  },
  prepare: ({ user, tls, login, headerFrom, senders }) => {
    if (headerFrom === 'check' && senders === undefined) {
      throw new CoatcheckError('scope_invalid', {
        injector: 'smtp',
        option: 'headerFrom',
        reason: 'there are no senders to compare with',
        allowed: 'check, where senders are named',
      })
    }
    return urlLoginInjection({ scheme: 'smtp', database: null }, smtpForm, (secret) =>
      readSmtpLogin(secret, { user, tls, login }),
    )
  },
})
