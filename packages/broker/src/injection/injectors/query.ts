import { canonicalParameterName } from '../canonical-names.ts'
import { defineInjector } from '../define-injector.ts'
import { percentEncode } from '../percent-encode.ts'
import { placeInjection } from '../place-injection.ts'
import { spellingsOf } from '../query-parameters.ts'
import { secretText } from '../secret-text.ts'

/** `?<name>=<secret>`: the placeholder is the whole value of the one parameter of that name. */
export const query = defineInjector({
  kind: 'query',
  surfaces: ['query'],
  options: {
    name: {
      type: 'text',
      required: true,
      allowed: 'the name of a query parameter: letters, digits, `.`, `_`, `~` and `-`',
      accepts: (text) => /^(?=.*[A-Za-z0-9])[A-Za-z0-9._~-]{1,64}$/.test(text),
    },
  },
  prepare({ name }) {
    const canonical = canonicalParameterName(name)
    return placeInjection({
      places: { parameters: [canonical] },
      swap(head, placeholder, text) {
        // SECURITY: with a second spelling of the name, services differ on which one counts.
        const [named, ...others] = spellingsOf(head.query, canonical)
        if (named === undefined || others.length > 0) return false
        // Between `&` only: not every service takes `;` for a separator.
        const isWhole = /^[?&]$/.test(head.query[named.start - 1]!) && head.query[named.end] !== ';'
        const written = head.query.slice(named.start, named.end)
        if (!isWhole || (written !== `${name}=${placeholder}` && written !== `${name}=${percentEncode(placeholder)}`)) {
          return false
        }
        if (text === null) return true
        head.query = `${head.query.slice(0, named.start)}${name}=${percentEncode(text)}${head.query.slice(named.end)}`
        return true
      },
      attach(head, text) {
        const before = head.query.length > 1 ? `${head.query}&` : '?'
        head.query = `${before}${name}=${percentEncode(text)}`
      },
      text: (secret) => secretText(secret, 'text'),
    })
  },
})
