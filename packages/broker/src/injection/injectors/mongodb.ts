import { defineInjector } from '../define-injector.ts'
import { loginInjection } from '../login-injection.ts'
import { checkMongodbLogin, checkMongodbPlace, isSystemDatabase, readMongodbLogin } from '../mongodb-login.ts'
import { wordOption } from '../option-forms.ts'

/** What MongoDB takes for the name of a database, on every system that it runs on. */
const databaseForm = /^[^\p{Cc}/\\. "$*<>:|?]+$/u
const maxNameBytes = 64
const databaseName = {
  allowed: 'the name of a database of up to 63 bytes, other than admin, config and local',
  accepts: (text: string) =>
    databaseForm.test(text) && Buffer.byteLength(text) < maxNameBytes && !isSystemDatabase(text),
} as const

/** A login to MongoDB, by the broker's own connector. The secret is a connection URL, a password, or a client certificate. */
export const mongodb = defineInjector({
  kind: 'mongodb',
  surfaces: [],
  options: {
    user: {
      type: 'text',
      required: false,
      allowed: 'a name of up to 128 bytes, without control characters',
      accepts: (text) => /^\P{Cc}+$/u.test(text) && Buffer.byteLength(text) <= 128,
    },
    authSource: {
      type: 'text',
      required: false,
      allowed: 'the database that knows the user',
      accepts: (text) => databaseForm.test(text) && Buffer.byteLength(text) < maxNameBytes,
    },
    database: { type: 'text', required: false, ...databaseName },
    databases: { type: 'list', required: false, ...databaseName },
    tls: wordOption(['verify', 'off'], false),
    login: wordOption(['scram', 'scram-sha-256'], false),
    access: wordOption(['full', 'read-only'], false),
    log: wordOption(['off', 'commands'], false),
  },
  prepare: (scope) =>
    loginInjection(
      {
        scheme: 'mongodb',
        database: scope.database ?? null,
        checkPlace: (secret, host, port) => checkMongodbPlace(readMongodbLogin(secret, scope), host, port),
      },
      (secret) => checkMongodbLogin(readMongodbLogin(secret, scope)),
    ),
})
