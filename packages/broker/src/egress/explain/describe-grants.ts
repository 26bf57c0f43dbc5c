import type { ExplainedGrant, ExplainedScope } from '@coatcheck/contract'
import type { Clock } from '../../foundation/clock.ts'
import type { DestinationPattern } from '../../foundation/destination-pattern.ts'
import type { Grant } from '../../sandbox/grant.ts'
import { keyFormsOf } from '../key-forms.ts'
import type { RoutedGrant, RoutedScope, Routes } from '../routes.ts'
import { describePlace } from './describe-place.ts'
import type { Question } from './read-question.ts'

/** What each grant has to do with a request; `question` is undefined where that has no destination. */
export function describeGrants(
  routes: Routes,
  all: readonly Grant[],
  question: Question | undefined,
  clock: Clock,
): readonly ExplainedGrant[] {
  const isLiving = ({ endedAt }: Grant): boolean => endedAt === null
  const living = new Set(all.filter(isLiving).map(({ env }) => env))
  // Of a variable that holds nothing now, what it held last is the answer to most questions.
  const last = new Map(all.filter(({ env }) => !living.has(env)).map((grant) => [grant.env, grant]))
  return [...all.filter(isLiving), ...last.values()].map((grant) => {
    const routed = routes.grants.find((each) => each.grant.id === grant.id)
    return describe(grant, routed, question, clock)
  })
}

function describe(
  grant: Grant,
  routed: RoutedGrant | undefined,
  question: Question | undefined,
  clock: Clock,
): ExplainedGrant {
  return {
    env: grant.env,
    secret: grant.ephemeral ? null : (routed?.secretName ?? null),
    ...(routed?.source !== undefined && { source: routed.source }),
    status: statusOf(grant, routed, clock),
    scopes: routed?.scopes.map((scope) => describeScope(scope, routed, question)) ?? [],
  }
}

function statusOf(grant: Grant, routed: RoutedGrant | undefined, clock: Clock): ExplainedGrant['status'] {
  if (grant.endedAt !== null) return 'ended'
  if (grant.expiresAt !== null && clock.now() >= new Date(grant.expiresAt)) return 'expired'
  return routed === undefined ? 'gone' : 'active'
}

function describeScope(scope: RoutedScope, routed: RoutedGrant, question: Question | undefined): ExplainedScope {
  const { rule, inject, injection, pattern, attach, foreign, cookies, uninspected, newKeys } = scope
  return {
    to: rule,
    differs: question === undefined ? [] : differences(pattern, question),
    injector: inject.kind,
    place: describePlace(inject, routed.grant.env),
    stands: question !== undefined && injection.carries(question.head, routed.placeholder),
    attach,
    foreign,
    cookies,
    uninspected,
    newKeys: keyFormsOf(routed.provider).length === 0 ? null : newKeys,
  }
}

function differences(pattern: DestinationPattern, { destination, head }: Question): ExplainedScope['differs'] {
  if (!pattern.matchesHost(destination.host)) return ['host']
  const differs: ExplainedScope['differs'][number][] = []
  if (pattern.scheme !== destination.scheme) differs.push('scheme')
  else if (pattern.port !== destination.port) differs.push('port')
  if (differs.length === 0 && !pattern.matches(destination, head.path)) differs.push('path')
  return differs
}
