import { defineInjector } from '../define-injector.ts'
import { urlLoginInjection } from '../login-injection.ts'
import { mysqlForm, readMysqlLogin } from '../mysql-login.ts'
import { wordOption } from '../option-forms.ts'

/** Most characters of a name: MySQL has 64 for a database and 32 for a user, MariaDB 128 for a user. */
const maxNameCharacters = 128
const nameText = {
  allowed: 'a name of up to 128 characters, without control characters',
  accepts: (text: string) => /^\P{Cc}+$/u.test(text) && text.length <= maxNameCharacters,
} as const

/** How the broker can log in, as the service names it. */
const plugins = [
  'mysql_native_password',
  'caching_sha2_password',
  'sha256_password',
  'client_ed25519',
  'parsec',
  'mysql_clear_password',
]

/** A login to MySQL or MariaDB, by the broker's own connector. The secret is a connection URL, a password, or a client certificate. */
export const mysql = defineInjector({
  kind: 'mysql',
  surfaces: [],
  options: {
    user: { type: 'text', required: false, ...nameText },
    database: { type: 'text', required: false, ...nameText },
    tls: wordOption(['verify', 'off'], false),
    plugins: {
      type: 'list',
      required: false,
      allowed: plugins.join(', '),
      accepts: (text: string) => plugins.includes(text),
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
  prepare: ({ user, database, tls }) =>
    urlLoginInjection({ scheme: 'mysql', database: database ?? null }, mysqlForm, (secret) =>
      readMysqlLogin(secret, { user, database, tls }),
    ),
})
