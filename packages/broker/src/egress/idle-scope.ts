import type { SafeFacts } from '@coatcheck/contract'
import { coversDestination } from '../vault/destination-cover.ts'
import { internalHost } from './agent-door.ts'
import type { RoutedScope } from './routes.ts'

/** Why a scope could never come to bear, beside the ones that stand before it; undefined where it can (AC-8.5). */
export function idleReason(scope: RoutedScope, earlier: readonly RoutedScope[]): SafeFacts | undefined {
  const { inject, injection, pattern, reach } = scope
  if (pattern.exactHost === internalHost) {
    return { reason: 'this name is the broker’s own', hint: 'Write the name of the service.' }
  }
  if (pattern.exactHost !== null && /(?:^|\.)localhost$/.test(pattern.exactHost) && isPublic(reach)) {
    return { reason: 'the name leads to this machine only', hint: 'Pin it to an address, or set `allowPrivate`.' }
  }
  if (pattern.scheme === 'http' && reach.roots !== undefined) {
    return { reason: 'there are no certificates in clear text', hint: 'Leave `roots` out, or use https.' }
  }
  if (pattern.scheme === 'http' && injection.clientIdentity !== undefined) {
    return { reason: 'there are no client certificates in clear text', hint: 'Use https.' }
  }
  if (inject.kind === 'path' && !fitsTemplate(pattern.pathPrefix, String(inject['template']))) {
    return { reason: 'no path under this one fits the template', hint: 'Leave the path out of `to`.' }
  }
  const sameWay = JSON.stringify(inject)
  const before = earlier.find(
    (other) => JSON.stringify(other.inject) === sameWay && coversDestination(other.rule, scope.rule),
  )
  if (before === undefined) return undefined
  return {
    reason: `the scope for ${before.pattern.text} comes first and covers it`,
    hint: 'Write the narrower one first.',
  }
}

function isPublic({ pin, allowPrivate }: RoutedScope['reach']): boolean {
  return pin === undefined && allowPrivate !== true
}

/** Whether a path that begins with these segments can fit a template such as `/bot{{ value }}/**`. */
function fitsTemplate(prefix: string, template: string): boolean {
  const wanted = template.split('/').slice(1)
  const given = prefix.split('/').slice(1)
  const open = wanted.at(-1) === '**'
  if (open) wanted.pop()
  if (given.length > wanted.length && !open) return false
  // The segment with the placeholder is no other segment's text.
  return wanted.slice(0, given.length).every((segment, index) => segment === '*' || segment === given[index])
}
