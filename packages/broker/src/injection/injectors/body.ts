import { CoatcheckError } from '@coatcheck/contract'
import { fieldPlace } from '../body/field-place.ts'
import { parsePointer } from '../body/json-member.ts'
import { jsonText, pointerPlace } from '../body/pointer-place.ts'
import { defineInjector } from '../define-injector.ts'
import { secretText } from '../secret-text.ts'

/** The whole value of one member of a JSON body, or of one field of a form. Nothing else of the body is written anew. */
export const body = defineInjector({
  kind: 'body',
  surfaces: ['body'],
  options: {
    pointer: {
      type: 'text',
      required: false,
      allowed: 'a JSON pointer such as `/auth/token`, up to 256 characters',
      accepts: (text) => text.length <= 256 && parsePointer(text) !== undefined,
    },
    field: {
      type: 'text',
      required: false,
      allowed: 'the name of a field: letters, digits, `.`, `_`, `~` and `-`',
      accepts: (text) => /^(?=.*[A-Za-z0-9])[A-Za-z0-9._~-]{1,64}$/.test(text),
    },
  },
  prepare({ pointer, field }) {
    if ((pointer === undefined) === (field === undefined)) {
      throw new CoatcheckError('scope_invalid', { injector: 'body', reason: 'needs one of `pointer` and `field`' })
    }
    return {
      places: { fields: [], parameters: [], path: null },
      carries: () => false,
      apply() {
        throw new CoatcheckError('placeholder_undeclared_place')
      },
      blank() {},
      attach: null,
      body: field === undefined ? pointerPlace(parsePointer(pointer!)!) : fieldPlace(field),
      check: (secret) => void (field === undefined ? jsonText(secret) : secretText(secret, 'text')),
    }
  },
})
