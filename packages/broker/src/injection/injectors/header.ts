import { mayHoldCredential } from '../credential-field.ts'
import { defineInjector } from '../define-injector.ts'
import { fieldForm } from '../field-form.ts'
import { placeInjection } from '../place-injection.ts'
import { secretText } from '../secret-text.ts'

/** Visible ASCII, and spaces after the first character. */
const fieldText = /^[\x21-\x7e][\x20-\x7e]{0,63}$/

/** `<name>: <prefix><secret>` in a header field of the service's own. */
export const header = defineInjector({
  kind: 'header',
  surfaces: ['header'],
  options: {
    name: {
      type: 'text',
      required: true,
      allowed: 'the name of a header field that neither frames nor routes the request',
      accepts: mayHoldCredential,
    },
    prefix: {
      type: 'text',
      required: false,
      allowed: 'up to 64 visible ASCII characters before the secret, with the space that follows them',
      accepts: (text) => fieldText.test(text),
    },
  },
  prepare({ name, prefix = '' }) {
    return placeInjection({
      ...fieldForm({
        name,
        replace: (value, placeholder, text) => (value === prefix + placeholder ? prefix + text : undefined),
        render: (text) => prefix + text,
      }),
      text: (secret) => secretText(secret, 'text'),
    })
  },
})
