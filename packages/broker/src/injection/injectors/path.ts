import { defineInjector } from '../define-injector.ts'
import { parsePathTemplate } from '../path-template.ts'
import { percentEncode } from '../percent-encode.ts'
import { placeInjection } from '../place-injection.ts'

/** The secret as a segment of the path, or as a marked part of one: `/bot{{ value }}/**`. */
export const path = defineInjector({
  kind: 'path',
  surfaces: ['path'],
  options: {
    template: {
      type: 'text',
      required: true,
      allowed:
        'a canonical path with {{ value }} in one segment, `*` for any other one, and `**` at the end for the rest',
      accepts: (text) => parsePathTemplate(text) !== undefined,
    },
  },
  prepare({ template: written }) {
    const template = parsePathTemplate(written)!
    return placeInjection({
      places: { path: template },
      swap(head, placeholder, text) {
        const value = template.valueIn(head.path)
        // A placeholder in the form of a token with a colon may come encoded, since a path may hold that colon either way.
        if (value === undefined || (value !== placeholder && value !== percentEncode(placeholder))) return false
        if (text !== null) head.path = template.write(head.path, text)
        return true
      },
      text: (secret) => template.text(secret),
    })
  },
})
