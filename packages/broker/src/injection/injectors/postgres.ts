import { CoatcheckError } from '@coatcheck/contract'
import { defineInjector } from '../define-injector.ts'
import { urlLoginInjection } from '../login-injection.ts'
import { rdsLogin, rdsOptions } from '../login-token/rds-login.ts'
import { wordOption } from '../option-forms.ts'
import { postgresForm, readPostgresLogin } from '../postgres-login.ts'

/** PostgreSQL cuts names to this length, less one. */
const maxNameBytes = 64
const nameText = {
  allowed: 'a name of up to 63 bytes, without control characters',
  accepts: (text: string) => /^\P{Cc}+$/u.test(text) && Buffer.byteLength(text) < maxNameBytes,
} as const

/** Settings that decide who one is, or that the broker sets itself. */
const reservedSettings = new Set(['user', 'database', 'replication', 'options'])
const settingName = /^[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?$/

/** A login to PostgreSQL, by the broker's own connector. The secret is a connection URL, a password, a client certificate, or keys that tokens are made with. */
export const postgres = defineInjector({
  kind: 'postgres',
  surfaces: [],
  options: {
    user: { type: 'text', required: false, ...nameText },
    database: { type: 'text', required: false, ...nameText },
    databases: { type: 'list', required: false, ...nameText },
    settings: {
      type: 'map',
      required: false,
      allowed: 'settings of a session by name, such as statement_timeout',
      accepts: (text, name) =>
        settingName.test(name) && !reservedSettings.has(name) && !text.includes('\0') && text.length <= 1_024,
    },
    tls: wordOption(['verify', 'direct', 'off'], false),
    login: wordOption(['password', 'scram', 'trust'], false),
    ...rdsOptions,
    clientLogin: wordOption(['cleartext', 'md5', 'scram'], false),
    access: wordOption(['full', 'read-only', 'standby'], false),
    log: wordOption(['off', 'statements'], false),
    passwordChanges: wordOption(['refuse', 'pass'], false),
    superuser: wordOption(['refuse', 'pass'], false),
  },
  prepare({ user, database, tls, login, token, region }) {
    if (token !== undefined) {
      if (login !== undefined && login !== 'password') throw invalid('a `token` is a password, and no other `login`')
      return rdsLogin({ scheme: 'postgres', user, database, tls, region })
    }
    if (region !== undefined) throw invalid('`region` needs `token`')
    return urlLoginInjection({ scheme: 'postgres', database: database ?? null }, postgresForm, (secret) =>
      readPostgresLogin(secret, { user, database, tls }),
    )
  },
})

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('scope_invalid', { injector: 'postgres', reason })
}
