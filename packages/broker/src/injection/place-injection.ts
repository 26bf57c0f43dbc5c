import { CoatcheckError } from '@coatcheck/contract'
import type { CredentialPlaces, Injection } from './injector.ts'
import type { RequestHead } from './request-head.ts'

/** How an injector reads and writes the places of its credential. */
export interface PlaceForm {
  readonly places: Partial<CredentialPlaces>
  /**
   * Whether the placeholder stands in its place. Unless `text` is null, puts it there in the placeholder's stead, and changes
   * nothing else.
   */
  swap(head: RequestHead, placeholder: string, text: string | null): boolean
  /** Writes what belongs beside the credential. */
  complete?(head: RequestHead, text: string): void
  /** Writes the credential on a request that has none; absent where only a placeholder can say how. */
  attach?: ((head: RequestHead, text: string) => void) | undefined
  /** The secret as text that fits the place. @throws CoatcheckError `secret_unusable` */
  text(secret: Uint8Array): string
}

/** An injection in the way that `form` says; looking, blanking and writing agree on the place, because one function does them. */
export function placeInjection(form: PlaceForm): Injection {
  const { attach } = form
  return {
    places: { fields: [], parameters: [], path: null, ...form.places },
    carries: (head, placeholder) => form.swap(head, placeholder, null),
    blank: (head, placeholder) => void form.swap(head, placeholder, ''),
    apply(head, placeholder, secret) {
      const text = form.text(secret)
      // SECURITY: the secret goes only where the placeholder stands in its declared place; there is no second guess.
      if (!form.swap(head, placeholder, text)) throw new CoatcheckError('placeholder_undeclared_place')
      form.complete?.(head, text)
    },
    attach: attach === undefined ? null : (head, secret) => attach(head, form.text(secret)),
    check: (secret) => void form.text(secret),
  }
}
