import { isDeepStrictEqual } from 'node:util'
import { refusedByDefault, type Scope } from '@coatcheck/contract'
import { coversDestination } from './destination-cover.ts'
import { coversInjector } from './injector-cover.ts'

/**
 * Whether `after` may let the secret go anywhere, or be attached in any way, that `before` did not. Whatever is not sure to
 * be the same or narrower counts as wider.
 */
export function widens(before: readonly Scope[], after: readonly Scope[]): boolean {
  // SECURITY: each new scope must lie inside a single old one, so that no two old ones add up to something new.
  return !after.every((scope) => before.some((known) => isWithin(scope, known)))
}

/** From the narrowest on. */
const cookieWays = ['drop', 'keep', 'pass']

function isWithin(after: Scope, before: Scope): boolean {
  const { to: innerTo, inject: innerInject, foreign: innerForeign = 'refuse', ...inner } = after
  const { to: outerTo, inject: outerInject, foreign: outerForeign = 'refuse', ...outer } = before
  const { attach: innerAttach = 'replace', roots: innerRoots, allowPrivate: innerPrivate = false, ...innerRest } = inner
  const { attach: outerAttach = 'replace', roots: outerRoots, allowPrivate: outerPrivate = false, ...outerRest } = outer
  const { cookies: innerCookies = 'drop', uninspected: innerUninspected, ...innerKeyed } = innerRest
  const { cookies: outerCookies = 'drop', uninspected: outerUninspected, ...outerKeyed } = outerRest
  const { newKeys: innerKeys = 'mask', ...innerMore } = innerKeyed
  const { newKeys: outerKeys = 'mask', ...outerMore } = outerKeyed
  const { refuse: innerRefuse = refusedByDefault, ...innerOthers } = innerMore
  const { refuse: outerRefuse = refusedByDefault, ...outerOthers } = outerMore
  return (
    coversDestination(outerTo, innerTo) &&
    coversInjector(outerInject, innerInject) &&
    (innerAttach === outerAttach || innerAttach === 'replace') &&
    // Between `pass` and `replace` neither is narrower: one lets others' credentials out, the other sends ours instead.
    (innerForeign === outerForeign || innerForeign === 'refuse') &&
    (innerRoots === outerRoots || innerRoots === undefined) &&
    (innerPrivate === outerPrivate || innerPrivate === false) &&
    cookieWays.indexOf(innerCookies) <= cookieWays.indexOf(outerCookies) &&
    // What is not written follows from the injector, and may be either.
    (innerUninspected === outerUninspected || innerUninspected === 'block') &&
    outerRefuse.every((kind) => innerRefuse.includes(kind)) &&
    strictness.indexOf(innerKeys) <= strictness.indexOf(outerKeys) &&
    // The pin is among the rest, and so is every field that a later scope may have.
    isSame(innerOthers, outerOthers)
  )
}

/** What happens to new keys, the strictest first. */
const strictness: readonly NonNullable<Scope['newKeys']>[] = ['block', 'mask', 'pass']

function isSame(left: object, right: object): boolean {
  return isDeepStrictEqual(withoutUndefined(left), withoutUndefined(right))
}

function withoutUndefined(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined))
}
