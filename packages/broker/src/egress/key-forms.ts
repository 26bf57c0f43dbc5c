import { findProvider } from '@coatcheck/catalog'
import { type KeyForm, searchableForms } from '../scrubbing/key-search.ts'

const formsByProvider = new Map<string, readonly KeyForm[]>()

/** How new keys of a provider of the catalog can be told from other text; none where they cannot. */
export function keyFormsOf(provider: string | null): readonly KeyForm[] {
  if (provider === null) return []
  let forms = formsByProvider.get(provider)
  if (forms === undefined) {
    forms = searchableForms(findProvider(provider)?.keyShapes ?? [])
    formsByProvider.set(provider, forms)
  }
  return forms
}
