import { CoatcheckError } from '@coatcheck/contract'
import { loadLate } from '../../foundation/load-late.ts'
import { maskCredentials } from '../../foundation/mask-credentials.ts'
import type * as entry from './compile-expression.ts'
import type { Expression } from './expression.ts'

let loaded: typeof entry | undefined

/**
 * Makes an expression ready. The interpreter is large, so it is read when the first rule needs it, and at once, as lists are.
 * @throws CoatcheckError `rule_invalid` with facts `when` and `reason`
 */
export function readExpression(text: string): Expression {
  loaded ??= loadLate('@coatcheck/broker/expressions') as typeof entry
  const expression = loaded.compileExpression(text)
  if (!('fault' in expression)) return expression
  // What was cut is not known for a credential any more.
  const when = maskCredentials(text)
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .slice(0, 200)
  throw new CoatcheckError('rule_invalid', { when, reason: expression.fault })
}
