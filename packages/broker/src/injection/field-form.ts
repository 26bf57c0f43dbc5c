import { canonicalFieldName } from './canonical-names.ts'
import type { PlaceForm } from './place-injection.ts'
import { setField, soleField } from './sole-field.ts'

/** How an injector reads and writes the one field that holds its credential. */
export interface FieldValue {
  /** Name of the field. */
  readonly name: string
  /** The value with `text` in the placeholder's stead, or undefined when the placeholder does not stand there. */
  replace(value: string, placeholder: string, text: string): string | undefined
  /** A whole value; absent where only a client knows the rest of it. */
  readonly render?: ((text: string) => string) | undefined
}

/**
 * A credential in one header field. The field keeps its place and the letters of its name, and it is the only one of its
 * name; no other field is touched.
 */
export function fieldForm({ name, replace, render }: FieldValue): Pick<PlaceForm, 'places' | 'swap' | 'attach'> {
  const lower = name.toLowerCase()
  return {
    places: { fields: [canonicalFieldName(name)] },
    swap(head, placeholder, text) {
      const field = soleField(head, lower)
      const value = field === undefined ? undefined : replace(field.value, placeholder, text ?? '')
      if (field === undefined || value === undefined) return false
      if (text !== null) field.value = value
      return true
    },
    attach: render === undefined ? undefined : (head, text) => setField(head, name, render(text)),
  }
}
