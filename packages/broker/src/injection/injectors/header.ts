import { defineInjector } from '../define-injector.ts'
import { fieldInjection } from '../field-injection.ts'
import { secretText } from '../secret-text.ts'

/** Fields that frame or route a request, or that services store and show: none of them holds a credential. */
const unfit = new Set([
  'accept',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'from',
  'host',
  'keep-alive',
  'max-forwards',
  'origin',
  'proxy-authorization',
  'proxy-connection',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
])

/** RFC 9110 §5.6.2, at a length that no service exceeds. */
const fieldName = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/

/** Visible ASCII, and spaces after the first character. */
const fieldText = /^[\x21-\x7e][\x20-\x7e]{0,63}$/

/** `<name>: <prefix><secret>` in a header field of the service's own. */
export const header = defineInjector({
  kind: 'header',
  surfaces: ['header'],
  options: {
    name: {
      required: true,
      allowed: 'the name of a header field that neither frames nor routes the request',
      accepts: (text) => fieldName.test(text) && !unfit.has(text.toLowerCase()),
    },
    prefix: {
      required: false,
      allowed: 'up to 64 visible ASCII characters before the secret, with the space that follows them',
      accepts: (text) => fieldText.test(text),
    },
  },
  prepare({ name, prefix = '' }) {
    return fieldInjection({
      name: name.toLowerCase(),
      replace: (value, placeholder, secret) => (value === prefix + placeholder ? prefix + secret : undefined),
      text: (secret) => secretText(secret, 'text'),
    })
  },
})
