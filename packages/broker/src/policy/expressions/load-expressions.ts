import { loadLate } from '../../foundation/load-late.ts'
import type * as entry from './compile-expression.ts'

let loaded: typeof entry | undefined

/** The interpreter of expressions. It is large, so it is read when the first rule needs it, and lists are made ready at once. */
export function loadExpressions(): typeof entry {
  loaded ??= loadLate('@coatcheck/broker/expressions') as typeof entry
  return loaded
}
