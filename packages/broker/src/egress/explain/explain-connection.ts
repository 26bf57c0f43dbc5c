import { CoatcheckError, type ExplainRequest, type Explanation } from '@coatcheck/contract'
import { type Destination, isDestination, isSocketScheme } from '../../foundation/destination.ts'
import { parseAuthority } from '../../foundation/destination-authority.ts'
import type { HighWaterClock } from '../../foundation/high-water-clock.ts'
import { networkMatcher } from '../../policy/network-matcher.ts'
import type { Grant } from '../../sandbox/grant.ts'
import { applicableCaps } from '../applicable-caps.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { RoutedGrant, RoutedScope, Routes } from '../routes.ts'
import { isOver } from '../stages/identify.ts'
import { type CapExaminer, countingBytes, type DescribedCaps, describeStanding } from './describe-caps.ts'
import { describeGrants } from './describe-grants.ts'
import { refused } from './verdict.ts'

/** What a connection is explained from. */
export interface ExplainedConnectionParts {
  readonly destination: Destination
  readonly routes: Routes
  /** Every grant of the sandbox, also those that have ended. */
  readonly grants: readonly Grant[]
  readonly clock: HighWaterClock
  /** Absent where nothing is capped. */
  readonly caps: CapExaminer | undefined
}

/** What is said of a connection, beside whose it is. */
export type ExplainedConnection = Pick<
  Explanation,
  'caps' | 'dial' | 'grants' | 'network' | 'notes' | 'path' | 'rules' | 'verdict'
>

/** Protocols of which mails are counted, and not all that goes over a connection. */
const countsMails: ReadonlySet<string> = new Set(['smtp'])
const oneMail = { requests: 1, emails: 1, usd: 0, tokens: 0 }

/**
 * Where a URL leads whose scheme is that of a protocol that is no HTTP; undefined for every other scheme. What stands before the host, or
 * behind it, is let be.
 * @throws CoatcheckError `request_invalid`
 */
export function connectionAt({ url }: Pick<ExplainRequest, 'url'>): Destination | undefined {
  const [, scheme = '', authority = ''] = /^([a-z]+):\/\/(?:[^/?#]*@)?([^/?#]*)/i.exec(url) ?? []
  const lower = scheme.toLowerCase()
  if (!isSocketScheme(lower)) return undefined
  const destination = parseAuthority(authority, lower)
  if (destination === undefined) throw new CoatcheckError('request_invalid', { reason: 'url: names no host and port' })
  return destination
}

/**
 * Says what would become of a connection that speaks no HTTP: which grant it comes by, and which caps count what it carries.
 * @throws CoatcheckError `storage_unavailable`
 */
export async function explainConnection(parts: ExplainedConnectionParts): Promise<ExplainedConnection> {
  const { clock, destination, grants, routes } = parts
  const denied = routes.sandbox.deny.find((rule) => networkMatcher(rule).matchesHost(destination.host))
  const found = denied === undefined ? servingGrant(routes, destination) : undefined
  const refusal = refusalOf(parts, found?.grant, denied ?? null)
  const { caps, refusal: spent } =
    found === undefined || refusal !== undefined ? { caps: [] } : await capsOf(parts, found.grant)
  const reason = refusal ?? spent
  const question = { destination, head: { method: 'CONNECT', path: '/', query: '', fields: [] }, ambiguous: null }
  return {
    path: null,
    network:
      found === undefined ? { effect: 'deny', rule: denied ?? null } : { effect: 'inspect', rule: found.scope.rule },
    grants: describeGrants(routes, grants, question, clock),
    rules: [],
    caps,
    verdict: reason === undefined ? attached(found!) : refused(reason),
    dial: reason === undefined ? dialOf(destination, found!.scope) : null,
    notes: reason === undefined ? ['Whether the client logs in with the placeholder is not known here.'] : [],
  }
}

interface Serving {
  readonly grant: RoutedGrant
  readonly scope: RoutedScope
}

/** The first grant that leads there, as a connector takes it. */
function servingGrant({ grants }: Routes, destination: Destination): Serving | undefined {
  for (const grant of grants) {
    const scope = grant.scopes.find(
      ({ injection, pattern: { exactHost, port, scheme } }) =>
        injection.login !== undefined &&
        exactHost !== null &&
        isDestination({ scheme, host: exactHost, port }, destination),
    )
    if (scope !== undefined) return { grant, scope }
  }
  return undefined
}

function refusalOf(
  { clock, destination: { host, port }, routes }: ExplainedConnectionParts,
  routed: RoutedGrant | undefined,
  denied: string | null,
): Refusal | undefined {
  // SECURITY: with the clock set back, nobody can say what has expired (SEC-14).
  clock.assertSane()
  if (isOver(routes.sandbox, clock)) return refuse('sandbox_expired')
  if (routed === undefined) return refuse('destination_denied', { host, port, rule: denied })
  const { expiresAt } = routed.grant
  return expiresAt !== null && clock.now() >= new Date(expiresAt) ? refuse('grant_expired') : undefined
}

function capsOf(
  { caps, destination, routes }: ExplainedConnectionParts,
  { grant }: RoutedGrant,
): Promise<DescribedCaps> {
  const standing = applicableCaps(routes, [grant.id])
  if (countsMails.has(destination.scheme)) return describeStanding(standing, oneMail, caps)
  return describeStanding(countingBytes(standing), {}, caps)
}

function attached({ grant, scope }: Serving): Explanation['verdict'] {
  const { ephemeral, env } = grant.grant
  const secret = ephemeral ? null : grant.secretName
  return {
    outcome: 'injected',
    attachments: [{ env, secret, to: scope.rule, injector: scope.inject.kind, attach: scope.attach }],
  }
}

function dialOf({ host, port }: Destination, { reach }: RoutedScope): Explanation['dial'] {
  return {
    transport: 'tcp',
    host,
    port,
    pin: reach.pin ?? null,
    allowPrivate: reach.allowPrivate === true,
    ownRoots: reach.roots !== undefined,
    proxy: null,
  }
}
