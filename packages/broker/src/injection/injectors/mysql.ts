import { CoatcheckError } from '@coatcheck/contract'
import { defineInjector } from '../define-injector.ts'
import { urlLoginInjection } from '../login-injection.ts'
import { rdsLogin, rdsOptions } from '../login-token/rds-login.ts'
import { mysqlForm, readMysqlLogin } from '../mysql-login.ts'
import { wordOption } from '../option-forms.ts'

/** Most characters of a name: MySQL has 64 for a database and 32 for a user, MariaDB 128 for a user. */
const maxNameCharacters = 128
const nameText = {
  allowed: 'a name of up to 128 characters, without control characters',
  accepts: (text: string) => /^\P{Cc}+$/u.test(text) && text.length <= maxNameCharacters,
} as const

/** How the broker can log in, as the service names it. */
const knownPlugins = [
  'mysql_native_password',
  'caching_sha2_password',
  'sha256_password',
  'client_ed25519',
  'parsec',
  'mysql_clear_password',
]

/** A login to MySQL or MariaDB, by the broker's own connector. The secret is a connection URL, a password, a client certificate, or keys that tokens are made with. */
export const mysql = defineInjector({
  kind: 'mysql',
  surfaces: [],
  options: {
    user: { type: 'text', required: false, ...nameText },
    database: { type: 'text', required: false, ...nameText },
    tls: wordOption(['verify', 'off'], false),
    ...rdsOptions,
    plugins: {
      type: 'list',
      required: false,
      allowed: knownPlugins.join(', '),
      accepts: (text: string) => knownPlugins.includes(text),
    },
    serverKey: {
      type: 'text',
      required: false,
      allowed: 'the SHA-256 of the public key of the server, in hexadecimal',
      accepts: (text: string) => /^[0-9a-f]{64}$/i.test(text),
    },
    access: wordOption(['full', 'read-only'], false),
    log: wordOption(['off', 'statements'], false),
    passwordChanges: wordOption(['refuse', 'pass'], false),
    passwordHashes: wordOption(['refuse', 'pass'], false),
  },
  prepare({ user, database, tls, plugins, token, region }) {
    if (token !== undefined) {
      if (plugins !== undefined) throw invalid('a `token` is shown in clear text, and by no other of `plugins`')
      return rdsLogin({ scheme: 'mysql', user, database, tls, region })
    }
    if (region !== undefined) throw invalid('`region` needs `token`')
    return urlLoginInjection({ scheme: 'mysql', database: database ?? null }, mysqlForm, (secret) =>
      readMysqlLogin(secret, { user, database, tls }),
    )
  },
})

function invalid(reason: string): CoatcheckError {
  return new CoatcheckError('scope_invalid', { injector: 'mysql', reason })
}
