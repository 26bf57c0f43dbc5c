import { CoatcheckError } from '@coatcheck/contract'
import type { Injection } from './injector.ts'
import type { HeaderField, RequestHead } from './request-head.ts'
import { soleField } from './sole-field.ts'

/** How an injector reads and writes the one field that holds its credential. */
export interface FieldForm {
  /** Lower-case name of the field. */
  readonly name: string
  /** The value with `secret` in the placeholder's stead, or undefined when the placeholder does not stand there. */
  replace(value: string, placeholder: string, secret: string): string | undefined
  /** The secret as text. @throws CoatcheckError `secret_unusable` */
  text(secret: Uint8Array): string
}

/**
 * An injection into one header field. The field keeps its place and the letters of its name, and it is the only one of its
 * name; no other field is touched.
 */
export function fieldInjection({ name, replace, text }: FieldForm): Injection {
  const find = (head: RequestHead, placeholder: string): HeaderField | undefined => {
    const field = soleField(head, name)
    return field !== undefined && replace(field.value, placeholder, '') !== undefined ? field : undefined
  }
  return {
    carries: (head, placeholder) => find(head, placeholder) !== undefined,
    apply(head, placeholder, secret) {
      const rendered = text(secret)
      const field = find(head, placeholder)
      // SECURITY: the secret goes only where the placeholder stands in its declared place; there is no second guess.
      if (field === undefined) throw new CoatcheckError('placeholder_undeclared_place')
      field.value = replace(field.value, placeholder, rendered)!
    },
    check: (secret) => void text(secret),
  }
}
