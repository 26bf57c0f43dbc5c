import type { ReachCall } from '@coatcheck/contract'
import { parsePathPattern } from '../rules/path-pattern.ts'
import { meetHosts } from './meet-hosts.ts'
import { areApart, coversPath } from './pattern-relations.ts'

/** Pairs of calls that are looked at; with more, one of the lists stands for both. */
const maxPairs = 40_000

/** What may get past two lists together. What cannot be narrowed down stays as wide as one of them has it. */
export function meetCalls(one: readonly ReachCall[], other: readonly ReachCall[]): readonly ReachCall[] {
  if (one.length * other.length > maxPairs) return one.length < other.length ? one : other
  return one.flatMap((call) => other.flatMap((opposite) => meet(call, opposite)))
}

function meet(one: ReachCall, other: ReachCall): readonly ReachCall[] {
  const methods = meetMethods(one.methods, other.methods)
  const hosts = meetHosts(one.hosts, other.hosts)
  const paths = meetPaths(one, other)
  if ([methods, hosts, paths].some((each) => each !== 'any' && each.length === 0)) return []
  const both = (from: 'conditions' | 'unbounded' | 'except' | 'rules'): readonly string[] => [
    ...new Set([...one[from], ...other[from]]),
  ]
  return [
    {
      effect: one.effect === 'ask' || other.effect === 'ask' ? 'ask' : 'allow',
      methods,
      hosts,
      paths,
      conditions: both('conditions'),
      unbounded: both('unbounded'),
      except: both('except'),
      rules: both('rules'),
    },
  ]
}

function meetMethods(one: ReachCall['methods'], other: ReachCall['methods']): ReachCall['methods'] {
  if (one === 'any') return other
  return other === 'any' ? one : one.filter((method) => other.includes(method))
}

function meetPaths(one: ReachCall, other: ReachCall): ReachCall['paths'] {
  if (one.paths === 'any') return other.paths
  if (other.paths === 'any') return one.paths
  // A rule that asks fits every reading of a path, so its patterns say less of what is apart.
  if (one.effect === 'ask' || other.effect === 'ask') return one.effect === 'ask' ? other.paths : one.paths
  const { paths } = other
  return [...new Set(one.paths.flatMap((path) => paths.flatMap((opposite) => meetPath(path, opposite))))]
}

function meetPath(one: string, other: string): readonly string[] {
  const [{ exact: mine }, { exact: theirs }] = [parsePathPattern(one), parsePathPattern(other)]
  if (coversPath(mine, theirs, false)) return [other]
  if (coversPath(theirs, mine, false)) return [one]
  return areApart(mine, theirs) ? [] : [one]
}
