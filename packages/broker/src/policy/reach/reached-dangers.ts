import type { DangerClass, ReachCall, ReachDanger } from '@coatcheck/contract'
import type { DangerousCall } from '../dangerous-calls.ts'
import { decodePath } from '../rules/path-readings.ts'

/** Endings by which services let a client choose the form of a reply. */
const formEnding = /\.(?:json|xml|ya?ml|csv|txt|html?)$/

/** Which dangerous calls may be among those that are let through. Where it cannot be said, they are. */
export function reachedDangers(
  dangers: readonly DangerousCall[],
  calls: readonly ReachCall[],
  refused: ReadonlySet<DangerClass>,
): readonly ReachDanger[] {
  return dangers
    .filter((danger) => !refused.has(danger.class) && calls.some((call) => mayBe(call, danger.rule)))
    .map(({ class: kind, rule, why }) => ({ class: kind, call: rule, why }))
}

function mayBe({ methods, paths }: ReachCall, danger: string): boolean {
  const [method = '*', path = '/'] = danger.split(' ')
  if (method !== '*' && methods !== 'any' && !methods.includes(method)) return false
  return paths === 'any' || paths.some((pattern) => mayMeet(segmentsOf(pattern), segmentsOf(path)))
}

/** In the form in which a lenient service compares a path. */
function segmentsOf(path: string): readonly string[] {
  const plain = decodePath(path)
    .toLowerCase()
    .replaceAll(/;[^/]*/g, '')
    .replace(/\/+$/, '')
    .replace(formEnding, '')
  return plain.split('/').slice(1)
}

function mayMeet(one: readonly string[], other: readonly string[]): boolean {
  for (let at = 0; at < Math.max(one.length, other.length); at += 1) {
    const [segment, opposite] = [one[at], other[at]]
    // Behind it there may be anything, or nothing.
    if (segment?.includes('**') === true || opposite?.includes('**') === true) return true
    if (segment === undefined || opposite === undefined) return [segment, opposite].some((each) => each === '*')
    if (segment !== opposite && !segment.includes('*') && !opposite.includes('*')) return false
  }
  return true
}
