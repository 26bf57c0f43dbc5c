import { matchShape, type Provider, placeholderMarker, providerForVariable } from '@coatcheck/catalog'

/** Shortest value that is worth a placeholder, in bytes; shorter ones cannot be scrubbed from replies. */
const minValueBytes = 16

/** Keys in an environment. */
export interface FoundCredentials {
  /** By variable: values that the broker takes for this run. */
  readonly credentials: Readonly<Record<string, string>>
  /** Known variables that were left out, each with the reason. */
  readonly leftOut: readonly { readonly variable: string; readonly reason: string }[]
}

/** The keys of known providers in an environment, beside the variables that are `taken` already. */
export function findCredentials(user: Readonly<Record<string, string>>, taken: readonly string[]): FoundCredentials {
  const credentials: Record<string, string> = {}
  const leftOut: { variable: string; reason: string }[] = []
  for (const [variable, value] of Object.entries(user)) {
    const provider = providerForVariable(variable)
    if (provider === undefined || value === '' || taken.includes(variable)) continue
    const reason = obstacle(provider, value, user)
    if (reason === undefined) credentials[variable] = value
    else leftOut.push({ variable, reason })
  }
  return { credentials, leftOut }
}

function obstacle(provider: Provider, value: string, user: Readonly<Record<string, string>>): string | undefined {
  if (value.includes(placeholderMarker)) return 'it is a placeholder already'
  if (/[^\x20-\x7e]/.test(value)) return 'it cannot be sent in a header field'
  // SECURITY: a key of another server must not be sent to the provider's own hosts.
  const moved = provider.baseUrlVariables.find(({ name }) => (user[name] ?? '') !== '')
  if (moved !== undefined) return `${moved.name} points elsewhere; store it with \`coatcheck secret create --to\``
  const isLongEnough = Buffer.byteLength(value) >= minValueBytes
  return isLongEnough || matchShape(provider, value) !== undefined ? undefined : 'it is too short for a key'
}
