import { CoatcheckError } from '@coatcheck/contract'
import { formatBasicPair, parseBasicPair } from '../basic-pair.ts'
import { defineInjector } from '../define-injector.ts'
import { fieldForm } from '../field-form.ts'
import { placeInjection } from '../place-injection.ts'
import { secretText } from '../secret-text.ts'

const halves = ['user', 'password']

/**
 * `Authorization: Basic`, RFC 7617: the placeholder stands as user or as password inside the pair, and the other half stays
 * as the client sent it. `as` allows one half only; `username` fixes the user, and the secret is the password. Without either
 * of `username` and `as: user`, only the client knows the other half, and nothing can be attached unasked.
 */
export const basic = defineInjector({
  kind: 'basic',
  surfaces: ['header'],
  options: {
    as: { type: 'text', required: false, allowed: halves.join(', '), accepts: (text) => halves.includes(text) },
    username: {
      type: 'text',
      required: false,
      allowed: 'up to 255 visible ASCII characters without a colon',
      accepts: (text) => /^[\x21-\x39\x3b-\x7e]{1,255}$/.test(text),
    },
  },
  prepare({ as, username }) {
    if (as === 'user' && username !== undefined) {
      throw new CoatcheckError('scope_invalid', { injector: 'basic', reason: 'the secret cannot be the fixed user' })
    }
    return placeInjection({
      ...fieldForm({
        name: 'Authorization',
        replace(value, placeholder, text) {
          const pair = parseBasicPair(value)
          if (pair === undefined || !pair.canonical || pair.password === null || pair.user === pair.password)
            return undefined
          if (pair.user === placeholder && as !== 'password' && username === undefined) {
            return formatBasicPair(pair.lead, userText(text), pair.password)
          }
          const userFits = username === undefined || pair.user === username
          if (pair.password === placeholder && as !== 'user' && userFits) {
            return formatBasicPair(pair.lead, pair.user, text)
          }
          return undefined
        },
        render: rendering(as, username),
      }),
      text(secret) {
        const text = secretText(secret, 'text')
        return as === 'user' ? userText(text) : text
      },
    })
  },
})

function rendering(as: string | undefined, username: string | undefined): ((text: string) => string) | undefined {
  if (username !== undefined) return (text) => formatBasicPair('Basic ', username, text)
  return as === 'user' ? (text) => formatBasicPair('Basic ', text, '') : undefined
}

/** RFC 7617 §2: a user with a colon would move the rest of it into the password. */
function userText(text: string): string {
  if (text.includes(':')) throw new CoatcheckError('secret_unusable', { reason: 'a colon in a user' })
  return text
}
