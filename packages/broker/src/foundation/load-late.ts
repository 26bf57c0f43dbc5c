import { createRequire } from 'node:module'

const load = createRequire(import.meta.url)

/** Reads a module that is too large to be read at every start, and is needed at once when it is. It must not await anything by itself. */
export function loadLate(specifier: string): unknown {
  return load(specifier)
}
