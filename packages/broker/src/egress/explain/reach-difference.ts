import type { Reach, ReachCall, ReachDifference, ReachKey } from '@coatcheck/contract'
import { coversHost } from '../../policy/reach/meet-hosts.ts'
import { coversPath } from '../../policy/reach/pattern-relations.ts'
import { parsePathPattern } from '../../policy/rules/path-pattern.ts'
import { callText } from './reach-summary.ts'

/** One thing that may be done. */
interface Item {
  readonly place: string
  readonly to: string
  readonly call: ReachCall
}

/** What one reach has newly, against another one before it. What cannot be shown to be the same or narrower is new. */
export function reachDifference(before: Reach, after: Reach): ReachDifference {
  return { added: newIn(before, after), removed: newIn(after, before) }
}

function newIn(before: Reach, after: Reach): readonly string[] {
  const known = itemsOf(before)
  const calls = itemsOf(after).filter((item) => !known.some((other) => isWithin(item, other)))
  return [
    ...after.tunnels
      .filter((to) => !before.tunnels.some((outer) => outer === '*' || outer === to))
      .map((to) => `tunnel to ${to}`),
    ...before.denied.filter((host) => !after.denied.includes(host)).map((host) => `${host} is not denied`),
    ...newForKey(before.key, after.key),
    ...calls.map(({ call, place, to }) => `${place} on ${to}: ${callText(call)}`),
    ...linesOf(after, before, ({ destinations, env }) =>
      destinations.flatMap(({ dangers, to }) =>
        dangers.map((danger) => `${env} on ${to}: ${danger.class}: ${danger.call}`),
      ),
    ),
    // A cap that is gone is what is new.
    ...linesOf(before, after, ({ caps, env }) => caps.map((cap) => `${env}: ${cap} is no cap`)),
  ]
}

/** A key that is good for longer, or from more places. */
function newForKey(before: ReachKey | undefined, after: ReachKey | undefined): readonly string[] {
  if (after === undefined) return []
  const until = endOf(after)
  const places = after.from.length === 0 ? ['anywhere'] : after.from
  const isNew = (place: string): boolean =>
    before === undefined || (before.from.length > 0 && !before.from.includes(place))
  return [
    ...(before === undefined || until > endOf(before) ? [`good until ${until}`] : []),
    ...places.filter(isNew).map((place) => `good from ${place}`),
  ]
}

function endOf({ endedAt, expiresAt }: ReachKey): string {
  return endedAt ?? expiresAt
}

function linesOf(
  one: Reach,
  other: Reach,
  of: (grant: Reach['grants'][number]) => readonly string[],
): readonly string[] {
  const known = new Set(other.grants.flatMap(of))
  return one.grants.flatMap(of).filter((line) => !known.has(line))
}

function itemsOf({ bare, grants }: Reach): readonly Item[] {
  return [
    ...grants.flatMap(({ destinations, env }) =>
      destinations.flatMap(({ calls, to }) => calls.map((call) => ({ place: env, to, call }))),
    ),
    ...bare.flatMap(({ calls, to }) => calls.map((call) => ({ place: 'without a secret', to, call }))),
  ]
}

function isWithin(inner: Item, outer: Item): boolean {
  if (inner.place !== outer.place || inner.to !== outer.to) return false
  const [narrow, wide] = [inner.call, outer.call]
  const isSubset = (
    one: ReachCall['methods'],
    other: ReachCall['methods'],
    covers: (a: string, b: string) => boolean,
  ) => other === 'any' || (one !== 'any' && one.every((each) => other.some((cover) => covers(cover, each))))
  return (
    (wide.effect === 'allow' || narrow.effect === 'ask') &&
    isSubset(narrow.methods, wide.methods, (one, other) => one === other) &&
    isSubset(narrow.hosts, wide.hosts, coversHost) &&
    isSubset(narrow.paths, wide.paths, (one, other) =>
      coversPath(parsePathPattern(one).exact, parsePathPattern(other).exact, false),
    ) &&
    [...wide.conditions, ...wide.unbounded].every((each) =>
      [...narrow.conditions, ...narrow.unbounded].includes(each),
    ) &&
    wide.except.every((each) => narrow.except.includes(each))
  )
}
