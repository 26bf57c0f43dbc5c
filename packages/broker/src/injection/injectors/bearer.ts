import { defineInjector } from '../define-injector.ts'
import { fieldInjection } from '../field-injection.ts'
import { secretText } from '../secret-text.ts'

/** Schemes of the same form: RFC 6750, and what GitHub's clients send. */
const schemes = ['Bearer', 'token']

/** `Authorization: Bearer <secret>`, RFC 6750 §2.1. The letters of the scheme stay as the client sent them. */
export const bearer = defineInjector({
  kind: 'bearer',
  surfaces: ['header'],
  options: {
    scheme: { required: false, allowed: schemes.join(', '), accepts: (text) => schemes.includes(text) },
  },
  prepare({ scheme = 'Bearer' }) {
    return fieldInjection({
      name: 'authorization',
      replace(value, placeholder, secret) {
        const lead = value.slice(0, -placeholder.length)
        // RFC 9110 §11.1: the scheme's letters have no case, and one or more spaces follow it.
        const fits = /^[A-Za-z]+ +$/.test(lead) && lead.trimEnd().toLowerCase() === scheme.toLowerCase()
        return fits && value.endsWith(placeholder) ? lead + secret : undefined
      },
      text: (secret) => secretText(secret, 'visible'),
    })
  },
})
