import { defineInjector } from '../define-injector.ts'
import { urlLoginInjection } from '../login-injection.ts'
import { wordOption } from '../option-forms.ts'
import { isCommandEntry } from '../redis-commands.ts'
import { isDatabaseNumber, readRedisLogin, redisForm } from '../redis-login.ts'

const maxUserBytes = 256

/** A login to Redis or Valkey, by the broker's own connector. The secret is a connection URL, a password, or a client certificate. */
export const redis = defineInjector({
  kind: 'redis',
  surfaces: [],
  options: {
    user: {
      type: 'text',
      required: false,
      allowed: 'the name of a user, without spaces and control characters',
      accepts: (text) => /^[^\s\p{Cc}]+$/u.test(text) && Buffer.byteLength(text) <= maxUserBytes,
    },
    database: {
      type: 'text',
      required: false,
      allowed: 'the number of a database',
      accepts: isDatabaseNumber,
    },
    tls: wordOption(['verify', 'off'], false),
    access: wordOption(['full', 'read-only'], false),
    log: wordOption(['off', 'commands'], false),
    commands: {
      type: 'list',
      required: false,
      allowed: 'commands, such as get, object|freq, json.* or @read; none of those that are always refused',
      accepts: isCommandEntry,
    },
  },
  prepare: ({ user, database, tls }) =>
    urlLoginInjection({ scheme: 'redis', database: database ?? null }, redisForm, (secret) =>
      readRedisLogin(secret, { user, database, tls }),
    ),
})
