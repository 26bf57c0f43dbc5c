import { CoatcheckError } from '@coatcheck/contract'
import { canonicalFieldName } from '../canonical-names.ts'
import { mayHoldCredential } from '../credential-field.ts'
import { defineInjector } from '../define-injector.ts'
import { fieldForm } from '../field-form.ts'
import { placeInjection } from '../place-injection.ts'
import type { RequestHead } from '../request-head.ts'
import { secretText } from '../secret-text.ts'
import { setField } from '../sole-field.ts'
import { parseValueTemplate, type ValueTemplate } from '../value-template.ts'

/** Visible ASCII with inner spaces: a template, or the value of a fixed field. */
const fieldText = /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/

/**
 * Several header fields from one secret, each by a template: `{{ value }}` is the secret, and a field without it is fixed. The
 * placeholder stands in at least one of the fields; then all of them are written, in place of what the client sent.
 */
export const headers = defineInjector({
  kind: 'headers',
  surfaces: ['header'],
  options: {
    headers: {
      type: 'map',
      required: true,
      allowed:
        'templates by the names of header fields that neither frame nor route the request, with {{ value }} in one',
      accepts: (text, name) =>
        mayHoldCredential(name) && fieldText.test(text) && parseValueTemplate(text) !== undefined,
    },
  },
  prepare({ headers: written }) {
    const fields = Object.entries(written).map(([name, text]) => ({ name, template: parseValueTemplate(text)! }))
    const carriers = fields.filter((field): field is Carrier => typeof field.template === 'object')
    const names = new Set(fields.map(({ name }) => canonicalFieldName(name)))
    const reason = carriers.length === 0 ? 'no field has {{ value }}' : 'two fields have one name'
    if (carriers.length === 0 || names.size < fields.length) {
      throw new CoatcheckError('scope_invalid', { injector: 'headers', option: 'headers', reason })
    }
    const forms = carriers.map(formOf)
    const write = (head: RequestHead, text: string): void => {
      for (const { name, template } of fields) {
        setField(head, name, typeof template === 'string' ? template : template.lead + text + template.tail)
      }
    }
    return placeInjection({
      places: { fields: carriers.map(({ name }) => canonicalFieldName(name)) },
      swap: (head, placeholder, text) => forms.filter((form) => form.swap(head, placeholder, text)).length > 0,
      complete: write,
      attach: write,
      text: (secret) => secretText(secret, 'text'),
    })
  },
})

interface Carrier {
  readonly name: string
  readonly template: ValueTemplate
}

function formOf({ name, template: { lead, tail } }: Carrier) {
  return fieldForm({
    name,
    replace: (value, placeholder, text) => (value === lead + placeholder + tail ? lead + text + tail : undefined),
  })
}
