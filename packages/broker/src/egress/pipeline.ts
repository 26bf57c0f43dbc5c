import type { ApprovalAsker } from '../approvals/approval-asker.ts'
import type { AuditLog } from '../audit/audit-log.ts'
import type { CapDesk } from '../caps/cap-desk.ts'
import type { ModelPrices } from '../caps/model-prices.ts'
import { formatDestination } from '../foundation/destination.ts'
import type { HighWaterClock } from '../foundation/high-water-clock.ts'
import type { Revision } from '../foundation/revision.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { EphemeralSecrets } from '../vault/ephemeral-secrets.ts'
import { longestHeldMs } from '../vault/held-values.ts'
import type { Vault } from '../vault/vault.ts'
import type { BodyCaps } from './body-caps.ts'
import type { ClientIdentities } from './client-identities.ts'
import { continueSession } from './cookies/continue-session.ts'
import type { CookieJars } from './cookies/cookie-jars.ts'
import { derivationFor } from './derivation-for.ts'
import type { DerivedCredentials } from './derived-credentials.ts'
import type { Errands } from './errands.ts'
import type { Exchange, Lane, OutboundHead, Outcome, ReplyRules } from './exchange.ts'
import type { FaultCount } from './fault-count.ts'
import { forwardedRequestFields, takesTrailers } from './forwarded-fields.ts'
import { grantsOf } from './grants-of.ts'
import type { HttpPlane } from './http-plane.ts'
import type { KnownRequest } from './known-requests.ts'
import { answerLocally, placeOf } from './local/answer-locally.ts'
import { type Refusal, refuse } from './refusal.ts'
import type { RouteTable } from './route-table.ts'
import type { Scrubbers } from './scrubbers.ts'
import { admitFrames } from './stages/admit-frames.ts'
import { ask, holdForApproval, stillApproved } from './stages/ask.ts'
import { CapAccount } from './stages/cap-account.ts'
import { decide } from './stages/decide.ts'
import { awaitBody, decideRules } from './stages/decide-rules.ts'
import { identify } from './stages/identify.ts'
import { inject } from './stages/inject.ts'
import { match, type PlaceholderLookup } from './stages/match.ts'
import { awaitsBody, takePlacedBody } from './stages/match-body.ts'
import { readBeginning } from './stages/read-beginning.ts'
import { readForRules } from './stages/read-for-rules.ts'
import {
  prepareRecord,
  recordDeclined,
  recordFailure,
  recordIntent,
  recordOutcome,
  recordRefusal,
} from './stages/record.ts'
import { refuseDangerous } from './stages/refuse-dangerous.ts'
import { replyRules } from './stages/reply-rules.ts'
import { forget, reveal } from './stages/reveal.ts'
import { hasTrial, onceMore, retrying, revealPrevious, tellVerdict } from './stages/try-values.ts'
import { takeSignedBody } from './stages/verify-signatures.ts'
import { writeBody } from './stages/write-body.ts'
import { toldToClient } from './told-to-client.ts'
import type { Trials } from './trials.ts'

/** What the life of a request needs from the rest of the broker. */
export interface PipelineServices {
  /** Absent where nobody can be asked: then nothing is approved. */
  readonly approvals?: ApprovalAsker
  readonly audit: AuditLog
  readonly bodyCaps: BodyCaps
  /** Absent where nothing is capped. */
  readonly caps?: CapDesk
  /** What models cost; absent where nobody knows. */
  readonly prices?: ModelPrices
  readonly clock: HighWaterClock
  readonly cookies: CookieJars
  readonly derived: DerivedCredentials
  readonly ephemeral: Pick<EphemeralSecrets, 'reveal'>
  /** Absent where everything is at hand. */
  readonly errands?: Errands
  readonly faults: FaultCount
  readonly identities: ClientIdentities
  readonly lookup: PlaceholderLookup
  readonly plane: HttpPlane
  readonly revision: Revision
  readonly scrubbers: Scrubbers
  readonly routes: Pick<RouteTable, 'forget' | 'routesOf'>
  /** Fetches values that the vault does not hold; where there are errands, these see to it. */
  readonly sources?: Pick<Errands, 'dismissValue' | 'fetchValues'>
  readonly trials: Trials
  readonly upstream: Upstream
  readonly vault: Pick<Vault, 'reveal'>
}

/** A request during which authority changes more often than this is refused. */
const maxTurns = 8

/** What the journal has of an exchange. */
type Recorded = 'nothing' | 'intent' | 'outcome'

/**
 * The life of a request. Every step can end it; nothing is dialled before the verdict and its record, and the client
 * sees no end of a response before that is recorded too. Never rejects.
 */
export async function carryExchange(exchange: Exchange, services: PipelineServices): Promise<void> {
  const { audit, clock, cookies } = services
  const { carrier, ending, known, revision } = exchange
  let recorded: Recorded = 'nothing'
  // Another one than the exchange once the service declined a value that was on trial.
  let sent = exchange
  try {
    const place = known === undefined && exchange.routes.localPlaces !== undefined ? placeOf(exchange) : undefined
    if (place !== undefined) {
      const stopped = await answerLocally(exchange, place, services)
      if (stopped !== undefined) await finish(exchange, services, stopped, recorded)
      return
    }
    let refusal = known === undefined ? judge(exchange, services) : recall(exchange, known, services)
    if (refusal === undefined) {
      if (exchange.asked !== undefined) holdForApproval(exchange)
      const { placedBody, routes, ruleBody } = exchange
      const inspected =
        ruleBody === 'beginning'
          ? readBeginning(exchange, services.bodyCaps)
          : carrier.inspectBody(routes.placeholders, ending, services.bodyCaps, placedBody)
      refusal = inspected instanceof Promise ? await inspected : inspected
    }
    if (exchange.signedBody === 'wanted') refusal ??= takeSignedBody(exchange) ?? judgeWhole(exchange, services)
    else if (exchange.placedBody !== undefined) refusal ??= judgeWhole(exchange, services)
    if (exchange.asked !== undefined) {
      refusal ??= await ask(exchange, services.approvals, () => judgeAgain(exchange, services), services.prices)
    }
    if (refusal !== undefined) return await finish(exchange, services, refusal, recorded)

    if (known === undefined) {
      const fetching = (services.errands ?? services.sources)?.fetchValues(exchange.attachments)
      if (fetching !== undefined) await fetching
      const deriving = reveal(exchange, services)
      if (deriving !== undefined) await deriving
    }
    for (;;) {
      const present: Exchange = sent
      const declined = present === exchange ? undefined : exchange
      // A request that was held for a person may have been held for under its caps when all questions were asked anew.
      if (present.routes.caps !== undefined) present.account ??= await CapAccount.open(present, services)
      await recordIntent(present, audit)
      recorded = 'intent'
      const lane = known?.lane ?? laneOf(present)
      const opening = carrier.open(lane, (protocols) => dial(present, services, protocols))
      if (opening !== undefined) await opening
      const isAsBefore = services.errands === undefined && services.revision.current() === revision
      const change = isAsBefore ? undefined : ((await judgeAgain(present, services)) ?? stillApproved(present))
      if (change !== undefined) return await finish(present, services, change, recorded)

      const rules = known === undefined ? replyRules(present, services, lane) : known.rules
      const outbound = known?.outbound ?? outboundOf(present, rules)
      // SECURITY: where authority changed on the way, the value that is sent may be the one before.
      const isPresent = present.revision === revision
      const isTried = known === undefined && hasTrial(present)
      if (known === undefined && isPresent && !isTried && mayBeKnown(present)) {
        exchange.learned = learn(present, services, lane, outbound, rules)
      }
      const settle = (outcome: Outcome): Promise<void> => {
        recorded = 'outcome'
        present.account?.settle(outcome)
        if (outcome.status === 401 && present.attachments.length > 0) dismiss(present, services)
        const sharing = cookies.sharing(lane.sandboxId)
        const record = (): Promise<void> => recordOutcome(present, audit, clock, outcome)
        const recording = sharing === undefined ? record() : sharing.then(record)
        if (!isTried) return recording
        return recording.then(() => tellVerdict(present, outcome.status, services.trials, declined))
      }
      const declines = isTried && declined === undefined ? retrying(present) : undefined
      const session = cookies.isEmpty ? undefined : continueSession(present, cookies, lane, outbound, rules)
      const head = session === undefined ? outbound : session.outbound
      const replies = session === undefined ? rules : session.rules
      const metered = present.account?.send(head, replies)
      const watched = metered === undefined ? replies : metered.rules
      const status = await carrier.relay(metered?.head ?? head, watched, settle, ending, present.upgrade, declines)
      if (status === undefined) return
      recorded = 'outcome'
      present.account?.close(carrier.progress())
      await recordDeclined(present, audit, clock)
      sent = onceMore(present, clock.monotonicMs())
      delete sent.account
      recorded = 'nothing'
      await revealPrevious(sent, present, services.trials)
    }
  } catch (error) {
    const reason = reasonOf(sent, services.faults, error)
    sent.account?.fail(reason.code)
    await finish(sent, services, reason, recorded)
  } finally {
    carrier.close()
    sent.account?.close(carrier.progress())
    forget(exchange)
    if (sent !== exchange) forget(sent)
  }
}

/** Every question that is asked before the body is looked at and anything is dialled. */
export function judge(
  exchange: Exchange,
  { clock, lookup }: Pick<PipelineServices, 'clock' | 'lookup'>,
): Refusal | undefined {
  // SECURITY: with the clock set back, nobody can say what has expired (SEC-14).
  clock.assertSane()
  return (
    identify(exchange, clock) ??
    match(exchange, lookup, clock) ??
    admitFrames(exchange, clock) ??
    refuseDangerous(exchange) ??
    decide(exchange) ??
    decideRules(exchange)
  )
}

/** Every question once more, with the body that some of them are about. */
export function judgeWhole(
  exchange: Exchange,
  services: Pick<PipelineServices, 'clock' | 'lookup'>,
): Refusal | undefined {
  if (exchange.ruleBody === 'beginning') awaitBody(exchange)
  takePlacedBody(exchange)
  if (exchange.asked !== undefined) exchange.asked = undefined
  readForRules(exchange)
  // That rules ask about the body may follow from what was found in it.
  return judge(exchange, services) ?? (readForRules(exchange) ? judge(exchange, services) : undefined)
}

/** Takes what was decided about an equal request; only whether the clock can be trusted is asked each time. */
function recall(exchange: Exchange, known: KnownRequest, { clock }: Pick<PipelineServices, 'clock'>): undefined {
  clock.assertSane()
  exchange.attachments = known.attachments
  exchange.rule = known.rule
  exchange.reach = known.reach
}

/**
 * SECURITY: what was revoked while we dialled is refused before the first upstream byte. A rotation in that moment is no
 * revocation: the request keeps the value that its intent names.
 */
async function judgeAgain(exchange: Exchange, services: PipelineServices): Promise<Refusal | undefined> {
  const { attachments, reach } = exchange
  let revision = services.revision.current()
  for (let turn = 0; turn < maxTurns; turn++) {
    const head = revision === exchange.revision ? undefined : exchange.head
    const preparing = services.errands?.prepare(exchange.arrival.sandboxId, head)
    if (preparing !== undefined) await preparing
    if (revision !== exchange.revision) {
      exchange.routes = services.routes.routesOf(exchange.arrival.sandboxId)
      exchange.revision = revision
      if (exchange.asked !== undefined) exchange.asked = undefined
      const judged = judge(exchange, services) ?? (awaitsBody(exchange) ? judgeWhole(exchange, services) : undefined)
      const refusal = judged ?? keepValues(exchange, attachments, reach)
      if (refusal !== undefined) return refusal
      if (exchange.routes.caps !== undefined) await CapAccount.widen(exchange, services)
    }
    // What was waited for above may have taken long enough for the next change.
    revision = services.revision.current()
    if (revision === exchange.revision) return undefined
  }
  return refuse('grant_ended')
}

/** Goes on with the values that were revealed before, where what was decided now is the same. */
function keepValues(
  exchange: Exchange,
  attachments: Exchange['attachments'],
  reach: Exchange['reach'],
): Refusal | undefined {
  const isSame =
    JSON.stringify(exchange.reach) === JSON.stringify(reach) &&
    exchange.attachments.length === attachments.length &&
    exchange.attachments.every((attachment, index) => isSameValue(attachment, attachments[index]!))
  if (!isSame) return refuse('grant_ended')
  for (const [index, attachment] of exchange.attachments.entries()) {
    const { secret } = attachments[index]!
    if (secret !== undefined) attachment.secret = secret
  }
  return undefined
}

/** SECURITY: what is made from a secret is another value than the secret. */
function isSameValue(one: Exchange['attachments'][number], other: Exchange['attachments'][number]): boolean {
  const [{ derivation: now }, { derivation: before }] = [one.scope.injection, other.scope.injection]
  return one.grant.grant.id === other.grant.grant.id && now?.key === before?.key
}

function outboundOf(exchange: Exchange, rules: ReplyRules | undefined): OutboundHead {
  const body = writeBody(exchange)
  const { method, path, query, fields } = inject(exchange, rules, body)
  return {
    method,
    target: path + query,
    fields: forwardedRequestFields(fields),
    ...(body !== undefined && { body }),
    isInjected: exchange.attachments.length > 0,
    takesTrailers: takesTrailers(exchange.head.fields),
  }
}

/** What was reported or asked is so each time, what a client signed grows old, and no head says what stands in a body. */
function mayBeKnown({ asked, attachments, note, placedBody, replaced = [], upgrade, wouldRefuse }: Exchange): boolean {
  const isSigned = attachments.some(({ scope }) => scope.injection.signing !== undefined)
  const isPlain =
    note === undefined && replaced.length === 0 && upgrade === undefined && (asked ?? wouldRefuse) === undefined
  return isPlain && placedBody === undefined && !isSigned
}

/** What was made or fetched can end before its time; whoever sends the next request gets another one. Nothing is sent again. */
function dismiss(
  exchange: Exchange,
  { derived, errands, sources }: Pick<PipelineServices, 'derived' | 'errands' | 'sources'>,
): void {
  for (const attachment of exchange.attachments) {
    const { grant } = attachment
    const derivation = derivationFor(exchange.head, attachment)
    if (derivation === undefined && grant.source === undefined) continue
    exchange.isUnaccepted = true
    if (derivation !== undefined) derived.dismiss(grant, derivation)
    else (errands ?? sources)?.dismissValue(grant)
  }
}

function learn(
  exchange: Exchange,
  { clock, identities }: Pick<PipelineServices, 'clock' | 'identities'>,
  lane: Lane,
  outbound: OutboundHead,
  rules: ReplyRules | undefined,
): KnownRequest {
  const { head, reach, revision, routes, rule } = exchange
  const ends = [routes.sandbox.expiresAt, ...routes.grants.map(({ grant }) => grant.expiresAt)]
  const instants = ends.filter((end) => end !== null).map((end) => new Date(end).getTime())
  instants.push(clock.now().getTime() + longestHeldMs)
  // SECURITY: a credential that was made for a while is not kept ready for longer.
  for (const { secret } of exchange.attachments) if (secret?.untilMs !== undefined) instants.push(secret.untilMs)
  const attachments = exchange.attachments.map(({ grant, scope, attach }) => ({ grant, scope, attach }))
  const grantIds = grantsOf(exchange)
  const prepared = prepareRecord(exchange)
  const untilMs = Math.min(...instants)
  return {
    routes,
    revision,
    head,
    attachments,
    grantIds,
    rule,
    reach,
    lane,
    identity: identities.of(exchange.attachments),
    outbound,
    rules,
    prepared,
    untilMs,
  }
}

function dial(
  { account, arrival, attachments, ending, known, reach }: Exchange,
  { identities, upstream }: Pick<PipelineServices, 'identities' | 'upstream'>,
  protocols: readonly string[] = ['http/1.1'],
): ReturnType<Upstream['dial']> {
  const transport = arrival.destination.scheme === 'https' ? 'tls' : 'tcp'
  const identity = known === undefined ? identities.of(attachments) : known.identity
  const shown = identity === undefined ? {} : { identity }
  const open = () => upstream.dial(arrival.destination, { ...reach, ...shown, transport, protocols }, ending.signal)
  return account?.isSent === true ? account.again().then(open) : open()
}

/** SECURITY: whoever differs in any of this never shares a connection; a new version of a secret is another one (SEC-16). */
function laneOf({ arrival, attachments, reach }: Exchange): Lane {
  const { destination, sandboxId } = arrival
  const attached = attachments.map(({ grant, secret }) => [grant.grant.id, secret?.version])
  return { sandboxId, key: JSON.stringify([sandboxId, formatDestination(destination), reach, attached]) }
}

function reasonOf({ attachments, carrier, ending, id }: Exchange, faults: FaultCount, error: unknown): Refusal {
  const reason = ending.reason ?? faults.refusalOf(id, error)
  const isShown = attachments.some(({ scope }) => scope.injection.clientIdentity !== undefined)
  if (!isShown || reason.code !== 'upstream_unreachable' || carrier.progress().upstreamStatus !== undefined)
    return reason
  // Services that do not take a certificate say so by an alert, or just close the connection.
  return { ...reason, facts: { ...reason.facts, hint: closedHint } }
}

const closedHint =
  'Try again; where that does not help, the service does not take the client certificate that it was shown.'

async function finish(
  exchange: Exchange,
  { audit, clock }: PipelineServices,
  reason: Refusal,
  recorded: Recorded,
): Promise<void> {
  const refusal = toldToClient(reason, exchange, clock)
  try {
    if (recorded === 'nothing') await recordRefusal(exchange, audit, refusal)
    // One outcome for each intent: what goes wrong behind it, on the client's side, does not change it.
    if (recorded === 'intent') await recordFailure(exchange, audit, clock, refusal, exchange.carrier.progress())
    exchange.carrier.refuse(refusal, exchange.id)
  } catch {
    // The journal itself is failing: say so, and nothing else.
    exchange.carrier.refuse(refuse('audit_unavailable'), exchange.id)
  }
}
