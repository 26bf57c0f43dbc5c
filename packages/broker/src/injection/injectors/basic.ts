import { CoatcheckError } from '@coatcheck/contract'
import { formatBasicPair, parseBasicPair } from '../basic-pair.ts'
import { defineInjector } from '../define-injector.ts'
import { fieldInjection } from '../field-injection.ts'
import { secretText } from '../secret-text.ts'

const halves = ['user', 'password']

/**
 * `Authorization: Basic`, RFC 7617: the placeholder stands as user or as password inside the pair, and the other half stays
 * as the client sent it. `as` allows one half only; `username` fixes the user, and the secret is the password.
 */
export const basic = defineInjector({
  kind: 'basic',
  surfaces: ['header'],
  options: {
    as: { required: false, allowed: halves.join(', '), accepts: (text) => halves.includes(text) },
    username: {
      required: false,
      allowed: 'up to 255 visible ASCII characters without a colon',
      accepts: (text) => /^[\x21-\x39\x3b-\x7e]{1,255}$/.test(text),
    },
  },
  prepare({ as, username }) {
    if (as === 'user' && username !== undefined) {
      throw new CoatcheckError('scope_invalid', { injector: 'basic', reason: 'the secret cannot be the fixed user' })
    }
    return fieldInjection({
      name: 'authorization',
      replace(value, placeholder, secret) {
        const pair = parseBasicPair(value)
        if (pair === undefined || !pair.canonical || pair.password === null || pair.user === pair.password)
          return undefined
        if (pair.user === placeholder && as !== 'password' && username === undefined) {
          return formatBasicPair(pair.lead, userText(secret), pair.password)
        }
        const userFits = username === undefined || pair.user === username
        if (pair.password === placeholder && as !== 'user' && userFits) {
          return formatBasicPair(pair.lead, pair.user, secret)
        }
        return undefined
      },
      text(secret) {
        const text = secretText(secret, 'text')
        return as === 'user' ? userText(text) : text
      },
    })
  },
})

/** RFC 7617 §2: a user with a colon would move the rest of it into the password. */
function userText(text: string): string {
  if (text.includes(':')) throw new CoatcheckError('secret_unusable', { reason: 'a colon in a user' })
  return text
}
