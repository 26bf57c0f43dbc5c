import { type KeyProvider, keyBytes } from './key-provider.ts'

/** A provider of keys that are one byte, many times over; for tests. */
export function fixedKey(...fills: readonly number[]): KeyProvider {
  return {
    read: () => fills.map((fill) => new Uint8Array(keyBytes).fill(fill)),
    version: () => fills.join(),
    forget: () => {},
  }
}
