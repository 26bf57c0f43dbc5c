import { cookiePairs } from '../cookie-pairs.ts'
import { defineInjector } from '../define-injector.ts'
import { fieldForm } from '../field-form.ts'
import { placeInjection } from '../place-injection.ts'
import { secretText } from '../secret-text.ts'

/** `Cookie: <name>=<secret>`: the placeholder is the whole value of the one cookie of that name, in the one field. */
export const cookie = defineInjector({
  kind: 'cookie',
  surfaces: ['header'],
  options: {
    name: {
      type: 'text',
      required: true,
      allowed: 'the name of a cookie',
      accepts: (text) => /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}$/.test(text),
    },
  },
  prepare({ name }) {
    const lower = name.toLowerCase()
    return placeInjection({
      ...fieldForm({
        name: 'Cookie',
        replace(value, placeholder, text) {
          const [named, ...others] = cookiePairs(value).filter(
            (pair) => (pair.name || pair.value).toLowerCase() === lower,
          )
          if (others.length > 0 || named?.name !== name || named.value !== placeholder) return undefined
          const pieces = value.split(';')
          const at = pieces.findIndex((piece) => piece.trim() === `${name}=${placeholder}`)
          return at < 0
            ? undefined
            : pieces
                .with(
                  at,
                  pieces[at]!.replace(placeholder, () => text),
                )
                .join(';')
        },
        render: (text) => `${name}=${text}`,
      }),
      text: (secret) => secretText(secret, 'cookie'),
    })
  },
})
