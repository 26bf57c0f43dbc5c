import { createHash } from 'node:crypto'
import type { Destination } from '../../foundation/destination.ts'
import {
  type RuleBody,
  type RuleBytes,
  type RuleRequest,
  type RuleSender,
  ruleRequest,
} from '../../policy/rules/rule-request.ts'
import type { RuleDecision } from '../../policy/rules/rule-set.ts'
import { coveringGrants } from '../covering-grants.ts'
import type { Asked, Exchange } from '../exchange.ts'
import { forwardedRequestFields } from '../forwarded-fields.ts'
import { maxHeldBytes } from '../max-held-bytes.ts'
import { type Refusal, refuse } from '../refusal.ts'
import type { AskedRules, RoutedRules } from '../routed-rules.ts'
import type { RoutedGrant, Routes } from '../routes.ts'
import { isUpgrade } from './admit-frames.ts'
import { refusePlaceholder } from './refuse-placeholder.ts'
import { saysAnotherMethod } from './says-another-method.ts'

/** What lists say together. */
export type Verdict = 'allowed' | 'awaits-body' | 'awaits-beginning' | Refusal | { readonly asked: Asked }

/**
 * Whether the rule lists that apply let this request through: the project's, and those of the grants whose secrets it carries and of
 * these secrets. Without a secret, those of one grant that covers the host must. SECURITY: what they cannot tell is refused (AC-6.4).
 */
export function decideRules(exchange: Exchange): Refusal | undefined {
  const refusal = decideEnforced(exchange)
  if (refusal === undefined && exchange.routes.rules?.hasDryRun === true) tryRules(exchange, exchange.routes.rules)
  return refusal
}

/** Notes what all lists together would have said, if those that are only tried were in force. Reads no body for them. */
function tryRules(exchange: Exchange, rules: RoutedRules): void {
  const { all, oneOf } = listsOf(exchange, rules, everyList)
  const { asked, ruleBody } = exchange
  const begun = typeof ruleBody === 'object' ? ruleBody.begun : undefined
  const request =
    begun === undefined ? requestOf(exchange) : requestOf(exchange, 'awaited', { begun, otherwise: 'awaited' })
  const verdict = inOrder([ofAll(all, request), ofOne(oneOf, request)])
  exchange.wouldRefuse = undefined
  if (verdict === 'awaits-body' || verdict === 'awaits-beginning') {
    if (ruleBody === undefined || begun !== undefined) exchange.wouldRefuse = 'dry run: the body decides'
  } else if (verdict !== 'allowed' && 'code' in verdict) {
    exchange.wouldRefuse = triedRefusal(verdict)
  } else if (verdict !== 'allowed' && asked === undefined) {
    exchange.wouldRefuse = `dry run: would ask, ${verdict.asked.rule}`
  }
}

/** What records say of a refusal by a list that is only tried. */
export function triedRefusal({ facts: { list = 'project', rule = 'default' } }: Refusal): string {
  return `dry run: would refuse, ${list}, ${rule}`
}

function decideEnforced(exchange: Exchange): Refusal | undefined {
  const { rules } = exchange.routes
  if (rules === undefined) return exchange.ruleBody === undefined ? undefined : refuseAsRead(exchange)
  if (exchange.asked !== undefined) exchange.asked = undefined
  const { all, oneOf } = listsOf(exchange, rules)
  if (all.length === 0 && oneOf.length === 0) return undefined
  const { head } = exchange
  if (saysAnotherMethod(head)) {
    const { list } = all[0] ?? oneOf[0]![0]!
    return refuse('rule_unevaluable', { list, reason: 'the request says another method than its own' })
  }
  const request = requestOf(exchange)
  const verdict = inOrder([ofAll(all, request), ofOne(oneOf, request)])
  if (verdict === 'awaits-body') return awaitBody(exchange)
  if (verdict === 'awaits-beginning') return awaitBeginning(exchange)
  if (verdict !== 'allowed') {
    if ('code' in verdict) return verdict
    exchange.asked = { ...verdict.asked, policy: policyOf([...all, ...oneOf.flat()]) }
  }
  return refuseAsRead(exchange)
}

function isEnforced({ isDryRun }: AskedRules): boolean {
  return !isDryRun
}

/** Every list, also one that is only tried. */
export function everyList(_asked: AskedRules): boolean {
  return true
}

/** The lists that apply to an exchange: all of the first, and those of one grant of the others. */
export function listsOf(
  { arrival, attachments, routes }: Exchange,
  { ofGrants, project }: RoutedRules,
  isMeant = isEnforced,
): { readonly all: readonly AskedRules[]; readonly oneOf: readonly (readonly AskedRules[])[] } {
  const all = project === undefined ? [] : [project].filter(isMeant)
  const ofGrant = (id: string): readonly AskedRules[] => ofGrants.get(id)?.filter(isMeant) ?? []
  if (attachments.length > 0) {
    const ids = new Set(attachments.map(({ grant }) => grant.grant.id))
    return { all: [...all, ...[...ids].flatMap(ofGrant)], oneOf: [] }
  }
  const oneOf = coveringGrants(routes, arrival.destination).map(({ grant }) => ofGrant(grant.id))
  return { all, oneOf: oneOf.some((lists) => lists.length === 0) ? [] : oneOf }
}

/**
 * Whether the beginning of its body settles what rules say of a request. Notes nothing, and a person, who is shown a request whole, is
 * not asked for less.
 */
export function beginningDecides(exchange: Exchange, begun: Buffer): boolean {
  const { rules } = exchange.routes
  if (rules === undefined) return true
  const { all, oneOf } = listsOf(exchange, rules)
  const request = requestOf(exchange, 'awaited', { begun, otherwise: 'awaited' })
  const verdict = inOrder([ofAll(all, request), ofOne(oneOf, request)])
  return verdict === 'allowed' || (typeof verdict === 'object' && 'code' in verdict)
}

/** What rules are asked about. */
export function requestOf(
  exchange: Exchange,
  body: RuleBody = bodyOf(exchange),
  bytes: RuleBytes = body === 'awaited' ? body : bytesOf(exchange),
  sender: () => RuleSender = () => senderOf(exchange),
): RuleRequest {
  const { arrival, head } = exchange
  const { method, path, query } = head
  const { host } = arrival.destination
  return ruleRequest({
    method,
    host,
    path,
    query,
    body,
    bytes,
    fields: () => forwardedRequestFields(head.fields),
    sender,
  })
}

/** Whether the project's list lets a destination be tunnelled to, where nobody reads what is sent. */
export function refuseUnseen(rules: RoutedRules | undefined, { host }: Destination): Refusal | undefined {
  if (rules?.project === undefined || rules.project.isDryRun) return undefined
  const { list, set } = rules.project
  const verdict = verdictOf(list, set.decideUnseen(host))
  if (verdict === 'allowed') return undefined
  if (typeof verdict === 'object' && 'code' in verdict) return verdict
  return refuse('rule_unevaluable', { list, reason: 'the broker does not look into a tunnel' })
}

/** What expressions may ask about whoever sends a request; its body may say of further grants. */
function senderOf({ attachments, placedBody, routes }: Exchange): RuleSender {
  const isOpen = placedBody === 'wanted' || placedBody === 'welcome'
  const carried = new Map(attachments.map(({ grant }) => [grant.grant.id, grant]))
  return ruleSender(routes, isOpen ? 'awaited' : [...carried.values()])
}

/** A sandbox, and the grants whose secrets a request of it carries, as expressions may ask about them. */
export function ruleSender({ sandbox }: Routes, carried: readonly RoutedGrant[] | 'awaited'): RuleSender {
  const { id, name, profile, labels } = sandbox
  if (carried === 'awaited') return { sandbox: { id, name, profile, labels }, grants: carried }
  const grants = carried.map(({ grant, provider, secretName }) => ({ env: grant.env, secret: secretName, provider }))
  return { sandbox: { id, name, profile, labels }, grants }
}

function policyOf(lists: readonly AskedRules[]): string {
  const hash = createHash('sha256')
  for (const { list, text } of lists) hash.update(JSON.stringify([list, text]))
  return hash.digest('base64url')
}

function bodyOf(exchange: Exchange): RuleBody {
  if (isUpgrade(exchange)) return { unreadable: 'messages of a WebSocket are not read' }
  const { ruleBody } = exchange
  return typeof ruleBody === 'object' ? ruleBody.known : 'awaited'
}

/** SECURITY: as they are sent, which is as rules have written them anew where they read JSON. */
function bytesOf(exchange: Exchange): RuleBytes {
  if (isUpgrade(exchange)) return { unreadable: 'messages of a WebSocket are not read' }
  const { placedBody, ruleBody } = exchange
  if (typeof ruleBody !== 'object') return 'awaited'
  const { begun } = ruleBody
  if (begun !== undefined) return { begun, otherwise: beginningUnknown(begun) }
  if (!Buffer.isBuffer(placedBody)) return { unreadable: `it is longer than ${maxHeldBytes} bytes` }
  return placedBody.length === 0 ? undefined : placedBody
}

/** What is said of a body of which only these bytes were held. */
export function beginningUnknown({ length }: Buffer): { readonly unreadable: string } {
  return { unreadable: `its first ${length} bytes do not tell` }
}

/** SECURITY: whoever else asks about the body sees it whole, and so do rules then. */
function awaitBeginning(exchange: Exchange): undefined {
  if (exchange.placedBody !== undefined || exchange.signedBody !== undefined) return awaitBody(exchange)
  exchange.ruleBody = 'beginning'
}

/** Has the body held whole for rules. */
export function awaitBody(exchange: Exchange): undefined {
  exchange.ruleBody = 'wanted'
  if (!Buffer.isBuffer(exchange.placedBody) && exchange.placedBody !== 'unheld') exchange.placedBody = 'wanted'
}

/** What speaks against sending a body that rules have read. */
function refuseAsRead(exchange: Exchange): Refusal | undefined {
  const { placedBody, ruleBody } = exchange
  if (typeof ruleBody !== 'object' || !Buffer.isBuffer(placedBody)) return undefined
  return refusePlaceholder(exchange, placedBody)
}

function ofAll(lists: readonly AskedRules[], request: RuleRequest): Verdict {
  return inOrder(lists.map(({ list, set }) => verdictOf(list, set.decide(request))))
}

/** SECURITY: what lets a request without a secret through is one grant, with all that is said of it. */
function ofOne(grants: readonly (readonly AskedRules[])[], request: RuleRequest): Verdict {
  const verdicts = grants.map((lists) => ofAll(lists, request))
  if (verdicts.length === 0 || verdicts.includes('allowed')) return 'allowed'
  if (verdicts.includes('awaits-body')) return 'awaits-body'
  if (verdicts.includes('awaits-beginning')) return 'awaits-beginning'
  return verdicts.find((verdict) => typeof verdict === 'object' && 'asked' in verdict) ?? verdicts[0]!
}

/** Of all verdicts, which all have to be fulfilled. */
function inOrder(verdicts: readonly Verdict[]): Verdict {
  let asked: Asked | undefined
  for (const verdict of verdicts) {
    if (typeof verdict !== 'object') continue
    if ('code' in verdict) return verdict
    const both = asked === undefined ? verdict.asked : askedBoth(asked, verdict.asked)
    if (both === undefined) return refuse('rule_unevaluable', { reason: 'two lists ask different people' })
    asked = both
  }
  if (verdicts.includes('awaits-body')) return 'awaits-body'
  if (verdicts.includes('awaits-beginning')) return 'awaits-beginning'
  return asked === undefined ? 'allowed' : { asked }
}

/** SECURITY: where two lists ask, only who may decide for both of them may decide. */
function askedBoth(one: Asked, other: Asked): Asked | undefined {
  const rule = one.rule === other.rule ? one.rule : `${one.rule}, ${other.rule}`
  if (one.approvers.length === 0 || other.approvers.length === 0)
    return { rule, approvers: [...one.approvers, ...other.approvers] }
  const approvers = one.approvers.filter((name) => other.approvers.includes(name))
  return approvers.length === 0 ? undefined : { rule, approvers }
}

/** What a decision of one list means. */
export function verdictOf(list: string, decision: RuleDecision): Verdict {
  if (decision.effect === 'awaits-body') return decision.isBeginningEnough ? 'awaits-beginning' : 'awaits-body'
  const rule = decision.rule ?? 'default'
  if ('unreadable' in decision) return refuse('rule_unevaluable', { list, rule, reason: decision.unreadable })
  if (decision.effect === 'deny') return refuse('rule_denied', { list, rule })
  if (decision.effect === 'allow') return 'allowed'
  return { asked: { rule, approvers: decision.approvers ?? [] } }
}
