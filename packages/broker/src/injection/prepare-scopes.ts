import type { Scope } from '@coatcheck/contract'
import type { Injection } from './injector.ts'
import { prepareInjection } from './registry.ts'

/** A scope whose destination and injector were understood. */
export interface PreparedScope<Pattern> {
  readonly scope: Scope
  readonly pattern: Pattern
  readonly injection: Injection
}

/**
 * Checks scopes once, when they are saved. `parsePattern` understands the destination of a scope.
 * @throws CoatcheckError `scope_invalid`
 */
export function prepareScopes<Pattern>(
  scopes: readonly Scope[],
  parsePattern: (to: string, scope: Scope) => Pattern,
): PreparedScope<Pattern>[] {
  return scopes.map((scope) => ({
    scope,
    pattern: parsePattern(scope.to, scope),
    injection: prepareInjection(scope.inject),
  }))
}
