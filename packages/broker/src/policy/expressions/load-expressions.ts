import { createRequire } from 'node:module'
import type * as entry from './compile-expression.ts'

let loaded: typeof entry | undefined

/** The interpreter of expressions. It is large, so it is read when the first rule needs it, and lists are made ready at once. */
export function loadExpressions(): typeof entry {
  loaded ??= createRequire(import.meta.url)('@coatcheck/broker/expressions') as typeof entry
  return loaded
}
