import type { Clock } from '../../foundation/clock.ts'
import type { BodyFinding } from '../../injection/body/body-place.ts'
import type { Attachment, Exchange } from '../exchange.ts'
import { bodyNotHeld, type Refusal, refuse, refuseAndReport } from '../refusal.ts'
import type { RoutedGrant, RoutedScope } from '../routes.ts'
import { mayBeReflected } from './attach-unasked.ts'
import { createBodyWatch } from './body-watch.ts'
import { refuseForeign } from './settle-foreign.ts'

/** Their content has no meaning (RFC 9110 §9.3), so nobody looks for a credential in it. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** A scope that puts its secret into the body of this request. */
interface Candidate {
  readonly grant: RoutedGrant
  readonly scope: RoutedScope
}

/**
 * The secrets whose placeholders stand in the body where scopes declare it. Until the body is here there are none, and the exchange says
 * that it has to be; it is judged once more then.
 */
export function matchBody(exchange: Exchange, clock: Clock): readonly Attachment[] | Refusal {
  const { attachments, head, placedBody } = exchange
  const candidates = candidatesOf(exchange)
  if (candidates.length === 0) {
    // Somebody else wanted to see the body, and nobody but this stage looks for placeholders in it then.
    return (Buffer.isBuffer(placedBody) ? refuseUndeclared(exchange, placedBody, [], [], []) : undefined) ?? []
  }
  const isFit = candidates.some(({ scope }) => scope.injection.body!.fits(head))
  const isNeeded = isFit && attachments.length === 0
  if (placedBody === undefined || typeof placedBody === 'string') {
    // SECURITY: what cannot be looked at whole may be sent for the sake of another credential, and is watched while it streams.
    if (placedBody === 'unheld') return isNeeded ? bodyNotHeld() : []
    exchange.placedBody = isNeeded ? 'wanted' : 'welcome'
    return []
  }
  const found = candidates.map((candidate) => findIn(candidate, exchange, placedBody))
  const taken = new Map<number, Attachment>()
  for (const [index, { grant, scope }] of candidates.entries()) {
    const finding = found[index]
    if (finding === undefined || 'reason' in finding || finding.text !== grant.placeholder) continue
    // Of two scopes for one place, the secret's own order says which.
    const { span } = finding
    if (!taken.has(span.start)) taken.set(span.start, { grant, scope, attach: 'replace', inBody: span })
  }
  const inBody = [...taken.values()].sort((one, other) => one.inBody!.start - other.inBody!.start)
  return (
    refuseUndeclared(exchange, placedBody, inBody, candidates, found) ??
    refuseAttached(exchange, inBody, clock) ??
    settleOthers(exchange, taken, candidates, found, isNeeded) ??
    inBody
  )
}

/** Whether the request has to be judged once more, with its body. */
export function awaitsBody({ placedBody, ruleBody }: Pick<Exchange, 'placedBody' | 'ruleBody'>): boolean {
  return placedBody === 'wanted' || placedBody === 'welcome' || ruleBody === 'wanted' || ruleBody === 'beginning'
}

/** Takes the body that was held, where somebody waits for it, for the judgement to come. */
export function takePlacedBody(exchange: Exchange): void {
  if (exchange.placedBody !== 'wanted' && exchange.placedBody !== 'welcome') return
  const body = exchange.carrier.wholeBody()
  exchange.placedBody = body === undefined ? 'unheld' : Buffer.concat(body)
}

function candidatesOf({ arrival, head, routes }: Exchange): Candidate[] {
  if (bodiless.has(head.method)) return []
  return routes.grants.flatMap((grant) =>
    grant.scopes
      .filter(
        ({ injection, pattern }) => injection.body !== undefined && pattern.matches(arrival.destination, head.path),
      )
      .map((scope) => ({ grant, scope })),
  )
}

function findIn({ scope }: Candidate, { head }: Exchange, body: Buffer): BodyFinding {
  return body.length === 0 ? undefined : scope.injection.body!.find(head, body)
}

/** SECURITY: a placeholder in any place of the body beside the declared ones is blocked, not replaced. */
function refuseUndeclared(
  { routes }: Exchange,
  body: Buffer,
  inBody: readonly Attachment[],
  candidates: readonly Candidate[],
  found: readonly BodyFinding[],
): Refusal | undefined {
  const watch = createBodyWatch(routes.placeholders)
  let at = 0
  for (const { inBody: span } of inBody) {
    watch.write(body.subarray(at, span!.start))
    at = span!.end
  }
  watch.write(body.subarray(at))
  const seen = watch.found?.placeholder
  if (seen === undefined) return undefined
  const index = candidates.findIndex(
    ({ grant }, each) => grant.placeholder === seen && found[each] !== undefined && 'reason' in found[each],
  )
  const finding = found[index]
  const why = finding !== undefined && 'reason' in finding ? { reason: finding.reason } : {}
  return refuseAndReport('placeholder_undeclared_place', { place: 'body', ...why })
}

function refuseAttached({ head }: Exchange, inBody: readonly Attachment[], clock: Clock): Refusal | undefined {
  if (inBody.length === 0) return undefined
  if (mayBeReflected(head)) return refuse('method_not_injectable', { method: head.method })
  const isOver = inBody.some(
    ({ grant: { grant } }) => grant.expiresAt !== null && clock.now() >= new Date(grant.expiresAt),
  )
  return isOver ? refuse('grant_expired') : undefined
}

/** SECURITY: whatever else stands in a declared place is a foreign credential, and so may be what nobody can read (SEC-11). */
function settleOthers(
  exchange: Exchange,
  taken: ReadonlyMap<number, Attachment>,
  candidates: readonly Candidate[],
  found: readonly BodyFinding[],
  isNeeded: boolean,
): Refusal | undefined {
  for (const [index, { scope }] of candidates.entries()) {
    const finding = found[index]
    if (finding === undefined) continue
    if ('reason' in finding) {
      const isMeant = isNeeded && taken.size === 0 && scope.injection.body!.fits(exchange.head)
      if (isMeant) return refuse('body_unreadable', { reason: finding.reason })
    } else if (!taken.has(finding.span.start)) {
      if (scope.foreign !== 'pass') return refuseForeign({ surface: 'body', name: null, form: null, at: null })
      exchange.note = 'foreign credential passed: body'
    }
  }
  return undefined
}
