import type { Rule, RuleList } from '@coatcheck/contract'

/** A request as the journal has it. */
export interface ObservedRequest {
  readonly method: string
  readonly host: string
  /** Canonical, without query; segments that may be secret are masked. */
  readonly path: string
}

/** What was made of requests. */
export interface RuleSuggestion {
  readonly rules: RuleList
  /** How many are not in it, since their paths are cut or hold a star. */
  readonly left: number
}

/** What stands in the journal for a segment that it does not show. */
const masked = '[masked]'
/** Ways in which a path was cut or cannot be written as a pattern. */
const unwritable = /\*|%2A|\.\.\.$/i

/**
 * The narrowest list that lets these requests through. SECURITY: methods and paths are put in one rule only where each of them was seen
 * with each.
 * @param mergeFrom paths that differ in one segment become one pattern when there are so many; each stands by itself when absent
 */
export function suggestRules(seen: readonly ObservedRequest[], mergeFrom = Number.POSITIVE_INFINITY): RuleSuggestion {
  const byCall = new Map<string, Set<string>>()
  let left = 0
  for (const { host, method, path } of seen) {
    if (unwritable.test(path) || path === `/${masked}`) {
      left += 1
      continue
    }
    const key = JSON.stringify([host, method])
    const paths = byCall.get(key) ?? new Set()
    byCall.set(key, paths.add(path.replaceAll(masked, '*')))
  }
  const byPaths = new Map<string, { host: string; methods: string[]; paths: readonly string[] }>()
  for (const [key, found] of byCall) {
    const [host, method] = JSON.parse(key) as [string, string]
    const paths = merge([...found].sort(), mergeFrom)
    const group = JSON.stringify([host, paths])
    const rule = byPaths.get(group) ?? { host, methods: [], paths }
    rule.methods.push(method)
    byPaths.set(group, rule)
  }
  const rules = [...byPaths.values()].map(
    ({ host, methods, paths }): Rule => ({ effect: 'allow', hosts: [host], methods: methods.sort(), paths }),
  )
  return { rules: { default: 'deny', rules }, left }
}

function merge(paths: readonly string[], from: number): readonly string[] {
  const groups = new Map<string, string[]>()
  for (const path of paths) {
    const segments = path.split('/')
    for (const at of segments.keys()) {
      if (at === 0) continue
      const pattern = segments.with(at, '*').join('/')
      groups.set(pattern, [...(groups.get(pattern) ?? []), path])
    }
  }
  const merged = [...groups].filter(([, members]) => members.length >= from)
  const covered = new Set(merged.flatMap(([, members]) => members))
  return [...new Set([...merged.map(([pattern]) => pattern), ...paths.filter((path) => !covered.has(path))])].sort()
}
