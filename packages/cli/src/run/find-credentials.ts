import { matchShape, type Provider, placeholderMarker, providerForVariable, scopesOf } from '@coatcheck/catalog'
import { readBaseUrl } from './base-url.ts'

/** Shortest value that is worth a placeholder, in bytes; shorter ones cannot be scrubbed from replies. */
const minValueBytes = 16

/** Keys in an environment. */
export interface FoundCredentials {
  /** By variable: values that the broker takes for this run. */
  readonly credentials: Readonly<Record<string, string>>
  /** Base URLs that keys are bound to, by the variable of the key. */
  readonly baseUrls: Readonly<Record<string, string>>
  /** Variables that lead to those places, and hold no secret. */
  readonly companions: readonly string[]
  /** Known variables that were left out, each with the reason. */
  readonly leftOut: readonly { readonly variable: string; readonly reason: string }[]
}

/**
 * The keys of known providers in the caller's environment, beside the variables that are `taken` already. `set` are
 * variables that the sandbox gets with other values.
 */
export function findCredentials(
  user: Readonly<Record<string, string>>,
  taken: readonly string[],
  set: Readonly<Record<string, string>> = {},
): FoundCredentials {
  const credentials: Record<string, string> = {}
  const baseUrls: Record<string, string> = {}
  const companions = new Set<string>()
  const leftOut: { variable: string; reason: string }[] = []
  for (const [variable, value] of Object.entries(user)) {
    const provider = providerForVariable(variable)
    if (provider === undefined || value === '' || isTaken(variable, taken)) continue
    const place = readBaseUrl(provider, { ...user, ...set })
    // SECURITY: a key of another server must not be sent to the provider's own hosts.
    const reason =
      place.kind === 'refused'
        ? place.reason
        : (obstacle(provider, value, place.kind === 'moved') ?? missingHalf(provider, variable, user))
    if (reason !== undefined) {
      leftOut.push({ variable, reason })
      continue
    }
    credentials[variable] = value
    if (place.kind === 'moved') baseUrls[variable] = place.url
    if (place.kind !== 'refused') for (const name of place.variables) companions.add(name)
    // A signature names the region, so clients that sign do nothing without one.
    if (signs(provider)) for (const name of provider.companionVariables) companions.add(name)
  }
  const passed = [...companions].filter((name) => !taken.includes(name) && user[name] !== undefined)
  return { credentials, baseUrls, companions: passed, leftOut }
}

/** Whether somebody decided about a variable, or about the pair of keys that it is a part of. */
function isTaken(variable: string, taken: readonly string[]): boolean {
  const [, stem] = pairForm.exec(variable) ?? []
  return taken.includes(variable) || (stem !== undefined && taken.some((name) => name === stem || isPart(name, stem)))
}

function isPart(name: string, stem: string): boolean {
  return pairForm.exec(name)?.[1] === stem
}

const pairForm = /^(\w+)_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/

function signs({ hosts }: Provider): boolean {
  return hosts.some(({ injectors }) => injectors.some(({ kind }) => kind === 'sigv4'))
}

/** Why a part of a pair of keys is of no use. */
function missingHalf(provider: Provider, variable: string, user: Readonly<Record<string, string>>): string | undefined {
  const [, stem] = pairForm.exec(variable) ?? []
  if (stem === undefined || !signs(provider)) return undefined
  const missing = [`${stem}_ACCESS_KEY_ID`, `${stem}_SECRET_ACCESS_KEY`].find((name) => (user[name] ?? '') === '')
  return missing && `${missing} is not set`
}

function obstacle(provider: Provider, value: string, isMoved: boolean): string | undefined {
  if (value.includes(placeholderMarker)) return 'it is a placeholder already'
  if (/[^\x20-\x7e]/.test(value)) return 'it cannot be sent in a header field'
  if (!isMoved && scopesOf(provider).length === 0)
    return 'its hosts differ from customer to customer; store it with `coatcheck secret create --to`'
  const isLongEnough = Buffer.byteLength(value) >= minValueBytes
  return isLongEnough || matchShape(provider, value) !== undefined ? undefined : 'it is too short for a key'
}
