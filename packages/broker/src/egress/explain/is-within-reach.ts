import type { ActivityRow, Reach, ReachCall } from '@coatcheck/contract'
import type { Destination } from '../../foundation/destination.ts'
import { parseDestinationPattern } from '../../foundation/destination-pattern.ts'
import { callCovers } from '../../policy/reach/call-covers.ts'
import { areApart } from '../../policy/reach/pattern-relations.ts'
import { parsePathPattern, segmentsOf } from '../../policy/rules/path-pattern.ts'

/** What stands in the journal for a segment that it does not show. */
const mask = '[masked]'

/** Whether the journal shows a path in part. */
export function isMasked(path: string | undefined): boolean {
  return path !== undefined && (path.includes(mask) || path.endsWith('...'))
}

/** Whether something that was let through lies within a reach. `envOf`: the variable of each grant, by its id. */
export function isWithinReach(reach: Reach, { event, kind }: ActivityRow, envOf: ReadonlyMap<string, string>): boolean {
  const { grants = [], host, method = '', path, port } = event
  if (host === undefined || port === undefined) return false
  const destination = { scheme: event.scheme ?? 'https', host, port } as Destination
  if (kind === 'connection' && grants.length === 0) return reach.tunnels.some((to) => isAt(to, destination))
  const within = (calls: readonly ReachCall[]): boolean =>
    path === undefined ? calls.length > 0 : calls.some((call) => covers(call, { host, method, path }))
  const known = path === undefined || isMasked(path) ? undefined : path
  if (grants.length === 0) return reach.bare.some(({ calls, to }) => isAt(to, destination) && within(calls))
  return grants.every((id) =>
    reach.grants
      .filter(({ env }) => env === envOf.get(id))
      .some(({ destinations }) => destinations.some(({ calls, to }) => isAt(to, destination, known) && within(calls))),
  )
}

function isAt(to: string, destination: Destination, path?: string): boolean {
  return parseDestinationPattern(to, { clearText: true, sharedSuffix: true }).matches(destination, path)
}

/** SECURITY: of a path that is shown in part, what may lie within does; a receipt says how many these are. */
function covers(
  call: ReachCall,
  request: { readonly host: string; readonly method: string; readonly path: string },
): boolean {
  if (!isMasked(request.path)) return callCovers(call, request)
  if (!callCovers({ ...call, paths: 'any' }, request)) return false
  const shown = request.path.replaceAll(mask, '*').replace(/[^/]*\.\.\.$/, '**')
  const segments = request.path === `/${mask}` ? ['**'] : segmentsOf(shown)
  const { effect, paths } = call
  return paths === 'any' || effect === 'ask' || paths.some((path) => !areApart(parsePathPattern(path).exact, segments))
}
