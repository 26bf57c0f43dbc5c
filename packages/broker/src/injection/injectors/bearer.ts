import { defineInjector } from '../define-injector.ts'
import { fieldForm } from '../field-form.ts'
import { placeInjection } from '../place-injection.ts'
import { secretText } from '../secret-text.ts'

/** Schemes of the same form: RFC 6750, and what GitHub's clients send. */
const schemes = ['Bearer', 'token']

/** `Authorization: Bearer <secret>`, RFC 6750 §2.1. The letters of the scheme stay as the client sent them. */
export const bearer = defineInjector({
  kind: 'bearer',
  surfaces: ['header'],
  options: {
    scheme: { type: 'text', required: false, allowed: schemes.join(', '), accepts: (text) => schemes.includes(text) },
  },
  prepare({ scheme = 'Bearer' }) {
    return placeInjection({
      ...fieldForm({
        name: 'Authorization',
        replace(value, placeholder, text) {
          const lead = value.slice(0, -placeholder.length)
          // RFC 9110 §11.1: the scheme's letters have no case, and one or more spaces follow it.
          const fits = /^[A-Za-z]+ +$/.test(lead) && lead.trimEnd().toLowerCase() === scheme.toLowerCase()
          return fits && value.endsWith(placeholder) ? lead + text : undefined
        },
        render: (text) => `${scheme} ${text}`,
      }),
      text: (secret) => secretText(secret, 'visible'),
    })
  },
})
