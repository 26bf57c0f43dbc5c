import { capText, type Reach, type ReachCall, type ReachDestination, type ReachGrant } from '@coatcheck/contract'
import { dangersAt } from '../../policy/dangerous-calls.ts'
import { everything, listCalls } from '../../policy/reach/list-calls.ts'
import { meetCalls } from '../../policy/reach/meet-calls.ts'
import { coversHost } from '../../policy/reach/meet-hosts.ts'
import { reachedDangers } from '../../policy/reach/reached-dangers.ts'
import { isVirtualKey } from '../../sandbox/virtual-key.ts'
import { mainDestination } from '../gateway/find-target.ts'
import { refusedByRules } from '../routed-rules.ts'
import type { RoutedGrant, RoutedScope, Routes } from '../routes.ts'
import { refuseUnseen } from '../stages/decide-rules.ts'
import { reachSummary } from './reach-summary.ts'

/**
 * What a sandbox, or whoever has a virtual key, could do at worst, by all that decides about its traffic. SECURITY: what cannot be said is
 * said to be possible.
 */
export function reachOfRoutes(routes: Routes): Reach {
  const { sandbox } = routes
  const { deny: denied, endedAt, expiresAt, from, id, name, profile } = sandbox
  const isKey = isVirtualKey(sandbox)
  const ofProject = listCalls(routes.projectRules, 'project')
  const grants = routes.grants
    .map((grant) => (isKey ? withKeysScopes(grant) : grant))
    .map((grant) => reachOfGrant(grant, routes, ofProject))
  const reach = {
    sandbox: { id, name, profile },
    ...(isKey && { key: { expiresAt, endedAt, from } }),
    grants,
    // A key opens no tunnel, and what does not show it is nobody’s.
    bare: isKey ? [] : bareOf(routes, ofProject),
    tunnels: isKey ? [] : tunnelsOf(routes),
    denied,
  }
  const caps = (routes.caps ?? []).filter(({ on }) => on === 'project' || on === 'sandbox')
  return {
    ...reach,
    summary: reachSummary(
      reach,
      caps.map(({ cap, on }) => `${capText(cap)} of the ${on}`),
    ),
  }
}

/** Of the scopes of a key’s secret, those of the one host that its requests go to. */
function withKeysScopes(routed: RoutedGrant): RoutedGrant {
  const to = mainDestination(routed)
  const isThere = ({ pattern }: RoutedScope): boolean =>
    to !== undefined && pattern.scheme === to.scheme && pattern.port === to.port && pattern.matchesHost(to.host)
  return { ...routed, scopes: routed.scopes.filter(isThere) }
}

function reachOfGrant(routed: RoutedGrant, routes: Routes, ofProject: readonly ReachCall[]): ReachGrant {
  const { grant, provider, scopes, secretName } = routed
  const calls = meetCalls(ofProject, callsOf(routed))
  const owners = new Set([grant.id, grant.secretId])
  const caps = (routes.caps ?? []).filter(({ owner }) => owners.has(owner))
  return {
    env: grant.env,
    secret: secretName,
    provider,
    destinations: scopes
      .filter((scope) => !isDenied(scope, routes))
      .map((scope) => destinationOf(scope, routed, routes, calls)),
    caps: caps.map(({ cap, on }) => `${capText(cap)} of the ${on}`),
  }
}

function callsOf({ grant, secretRules }: RoutedGrant): readonly ReachCall[] {
  const own = listCalls(grant.rules, `grant ${grant.env}`)
  return meetCalls(own, listCalls(secretRules, `secret of ${grant.env}`))
}

function destinationOf(
  scope: RoutedScope,
  { dangerous, grant, provider }: RoutedGrant,
  { rules }: Routes,
  all: readonly ReachCall[],
): ReachDestination {
  const { inject, injection, pattern, refuse } = scope
  // Nobody reads what goes on in a session of a database as requests.
  const calls =
    injection.login === undefined
      ? callsAt(all, scope)
      : [{ ...everything, unbounded: [`whatever the login of ${pattern.scheme} may do`] }]
  const dangers = dangersAt({ host: pattern.exactHost, provider, ...(dangerous && { dangerous }) }, pattern.matchesHost)
  const refused = new Set([...refuse, ...(rules === undefined ? [] : refusedByRules(rules, grant.id))])
  return { to: pattern.text, injector: inject.kind, calls, dangers: reachedDangers(dangers, calls, refused) }
}

/** Of a rule for other hosts nothing is left. */
function callsAt(calls: readonly ReachCall[], { pattern }: RoutedScope): readonly ReachCall[] {
  const { exactHost } = pattern
  if (exactHost === null) return calls
  return calls
    .filter(({ hosts }) => hosts === 'any' || hosts.some((host) => coversHost(host, exactHost)))
    .map((call) => ({ ...call, hosts: 'any' }))
}

/** Without a secret, the lists of one of the grants that cover a host decide, whatever path its scope has. */
function bareOf({ grants, ...routes }: Routes, ofProject: readonly ReachCall[]): Reach['bare'] {
  const found = new Map<string, ReachCall[]>()
  for (const routed of grants) {
    const calls = meetCalls(ofProject, callsOf(routed))
    for (const scope of routed.scopes) {
      if (scope.injection.login !== undefined || isDenied(scope, { ...routes, grants })) continue
      const { pathPrefix, text } = scope.pattern
      const to = text.slice(0, text.length - pathPrefix.length)
      found.set(to, [...(found.get(to) ?? []), ...callsAt(calls, scope)])
    }
  }
  return [...found].map(([to, calls]) => ({ to, calls: distinct(calls) }))
}

function distinct(calls: readonly ReachCall[]): readonly ReachCall[] {
  return [...new Map(calls.map((call) => [JSON.stringify(call), call])).values()]
}

function isDenied({ pattern: { exactHost } }: RoutedScope, { sandbox }: Pick<Routes, 'grants' | 'sandbox'>): boolean {
  return exactHost !== null && sandbox.deny.some((denied) => denied === '*' || coversHost(denied, exactHost))
}

/** A host that a grant covers is looked into, whatever else allows it. */
function tunnelsOf({ policy, rules, sandbox }: Routes): readonly string[] {
  return sandbox.allow
    .map(({ to }) => to)
    .filter((to) => {
      if (/[*~/:]/.test(to)) return !sandbox.deny.some((denied) => denied === '*' || denied === to)
      const destination = { scheme: 'https', host: to, port: 443 } as const
      return policy.decide(destination).effect === 'tunnel' && refuseUnseen(rules, destination) === undefined
    })
}
