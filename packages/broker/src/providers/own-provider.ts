import { type KeyShape, markedPlaceholder, type Provider } from '@coatcheck/catalog'
import type { ProviderCreate } from '@coatcheck/contract'

/** A provider of one’s own in the form of the catalog. Naming a base-URL variable says that it is safe to redirect. */
export function ownProvider(definition: ProviderCreate, createdAt: string): Provider {
  const { id, name = id, variables = [], companionVariables = [], hosts, keyPrefixes = [] } = definition
  return {
    id,
    name,
    category: 'other',
    variables,
    companionVariables,
    baseUrlVariables: (definition.baseUrlVariables ?? []).map(({ name: variable, path = '' }) => ({
      name: variable,
      safeToRedirect: true,
      path,
    })),
    hosts,
    keyShapes: keyPrefixes.map(keyShape),
    dangerous: definition.dangerous ?? [],
    usage: null,
    probe: null,
    documentation: null,
    sources: [],
    lastChecked: createdAt.slice(0, 10),
  }
}

/** What is known of a key is how it begins; its label is that, so that secrets find it again. */
function keyShape(prefix: string): KeyShape {
  const literal = prefix.replaceAll('.', '\\.')
  return {
    label: prefix,
    prefix,
    pattern: new RegExp(`^${literal}[\\x21-\\x7e]+$`),
    placeholder: markedPlaceholder(prefix),
  }
}
