import type { ReachCall } from '@coatcheck/contract'
import { fitsExactly, fitsLeniently, parsePathPattern, segmentsOf } from '../rules/path-pattern.ts'
import { readingsOf } from '../rules/path-readings.ts'
import { coversHost } from './meet-hosts.ts'

/** A request, as far as every record of it says. */
export interface DoneRequest {
  readonly method: string
  readonly host: string
  /** Canonical. */
  readonly path: string
}

/** Whether a request is one of a call, whatever else the call says of it. */
export function callCovers(call: ReachCall, { host, method, path }: DoneRequest): boolean {
  const { effect, hosts, methods, paths } = call
  // Rules that ask read methods in whatever case.
  const said = effect === 'ask' ? method.toUpperCase() : method
  if (methods !== 'any' && !methods.includes(said)) return false
  if (hosts !== 'any' && !hosts.some((pattern) => coversHost(pattern, host))) return false
  if (paths === 'any') return true
  const patterns = paths.map(parsePathPattern)
  if (patterns.some((pattern) => fitsExactly(pattern, segmentsOf(path)))) return true
  if (effect !== 'ask') return false
  const readings = readingsOf(path).map(segmentsOf)
  return patterns.some((pattern) => readings.some((reading) => fitsLeniently(pattern, reading)))
}
