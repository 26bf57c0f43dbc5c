import { isDeepStrictEqual } from 'node:util'
import type { InjectorSpec } from '@coatcheck/contract'

/** Options whose presence only narrows where an injector takes its placeholder, by kind. */
const narrowing: Readonly<Record<string, readonly string[]>> = {
  basic: ['as', 'username'],
  registry: ['repositories', 'service', 'username'],
  sigv4: ['regions', 'services'],
}

/**
 * Whether `inner` is sure to put a secret nowhere that `outer` would not: the same options, further ones that narrow, or fewer
 * surfaces of `placeholder`.
 */
export function coversInjector(outer: InjectorSpec, inner: InjectorSpec): boolean {
  const [before, after] = [withoutUndefined(outer), withoutUndefined(inner)]
  for (const option of narrowing[outer.kind] ?? []) before[option] ??= after[option]
  const [wide, narrow] = [before['in'], after['in']]
  if (outer.kind === 'placeholder' && Array.isArray(wide) && Array.isArray(narrow)) {
    if (!narrow.every((surface) => wide.includes(surface))) return false
    before['in'] = narrow
  }
  return isDeepStrictEqual(withoutUndefined(before), withoutUndefined(after))
}

function withoutUndefined<Value>(options: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
