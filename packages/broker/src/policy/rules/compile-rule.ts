import { CoatcheckError, type Rule, type RuleEffect, type SafeFacts } from '@coatcheck/contract'
import { type DestinationPattern, parseDestinationPattern } from '../../foundation/destination-pattern.ts'
import { maskCredentials } from '../../foundation/mask-credentials.ts'
import type { ActionReader, ActionVerdict } from '../actions/action-kind.ts'
import { compileToolListing, type ToolListing } from '../actions/mcp/tool-listing.ts'
import { actionDecidesEarly, actionNeedsBody, compileAction } from '../actions/registry.ts'
import { askExpression } from '../expressions/ask-expression.ts'
import { readExpression } from '../expressions/read-expression.ts'
import { compileBodyCondition } from './body-conditions.ts'
import type { Fit } from './fit.ts'
import { fitsField, fitsParameter, parametersOf } from './named-values.ts'
import { fitsExactly, fitsLeniently, type PathPattern, parsePathPattern } from './path-pattern.ts'
import type { BegunBytes, RuleRequest } from './rule-request.ts'

/** What a part of a rule is about. */
export type RulePartKind = 'action' | 'body' | 'header' | 'host' | 'method' | 'path' | 'query' | 'when'

/** One part of a rule; all parts of it have to match. */
export type RulePart =
  | { readonly kind: 'host'; fit(request: Pick<RuleRequest, 'host'>): Fit }
  | { readonly kind: Exclude<RulePartKind, 'host'>; fit(request: RuleRequest): Fit }

/** A rule, ready to be asked. */
export interface CompiledRule {
  /** Its name, or its place in the list. */
  readonly name: string
  readonly effect: RuleEffect
  readonly approvers?: readonly string[]
  /** Cheap ones first. */
  readonly parts: readonly RulePart[]
  /** What an index goes by, each with a part of its own; absent where it is about every one. Methods in capitals. */
  readonly methods?: ReadonlySet<string>
  readonly hosts?: readonly DestinationPattern[]
  readonly paths?: readonly PathPattern[]
  /** Which tools it is about; present where it knows some. */
  readonly tools?: ToolListing
}

/** Makes a rule ready. @throws CoatcheckError `rule_invalid` with facts `rule` and `reason`, in which what looks like a credential is masked */
export function compileRule(rule: Rule, index: number): CompiledRule {
  const name = rule.name ?? `rules[${index}]`
  try {
    demandWritten(rule)
    const isLenient = rule.effect !== 'allow'
    const paths = typeof rule.paths === 'string' ? undefined : rule.paths?.map(parsePathPattern)
    if (paths?.length === 0) throw new CoatcheckError('rule_invalid', { reason: '`paths` is empty', hint: anyHint })
    const methods = methodsOf(rule)
    const hosts = hostsOf(rule)
    const parts = [
      ...(methods === undefined ? [] : [methodPart(methods, isLenient)]),
      ...(hosts === undefined ? [] : [hostPart(hosts)]),
      ...(paths === undefined ? [] : [pathPart(paths, isLenient)]),
      ...queryParts(rule),
      ...headerParts(rule),
      ...bodyParts(rule),
      ...actionParts(rule),
      ...expressionPart(rule),
    ]
    return {
      name,
      effect: rule.effect,
      parts,
      ...(methods !== undefined && { methods }),
      ...(hosts !== undefined && { hosts }),
      ...(paths !== undefined && { paths }),
      ...(rule.action?.kind === 'mcp' && { tools: compileToolListing(rule.action, isLenient ? 'any' : 'every') }),
      ...(rule.approvers !== undefined && { approvers: rule.approvers }),
    }
  } catch (error) {
    if (!(error instanceof CoatcheckError)) throw error
    const { to, ...facts } = error.facts
    const told = { rule: name, ...(to !== undefined && { host: to }), ...facts }
    throw new CoatcheckError('rule_invalid', masked(told))
  }
}

/** SECURITY: what is wrong is said with the words of the rule; a value that somebody put into them goes no further. */
function masked(facts: SafeFacts): SafeFacts {
  const texts = Object.entries(facts).map(([name, fact]) => [
    name,
    typeof fact === 'string' ? maskCredentials(fact) : fact,
  ])
  return Object.fromEntries(texts) as SafeFacts
}

/** What a rule has to do with a request, and the part that did not simply match. */
export function fitRule(rule: CompiledRule, request: RuleRequest): { readonly fit: Fit; readonly part?: RulePartKind } {
  let pending: { readonly fit: Fit; readonly part: RulePartKind } | undefined
  for (const part of rule.parts) {
    const fit = part.fit(request)
    if (fit === 'differs') return { fit, part: part.kind }
    // What cannot be said of one part does not matter where another one differs.
    if (fit !== 'matches' && (pending === undefined || outweighs(fit, pending.fit))) pending = { fit, part: part.kind }
  }
  return pending ?? { fit: 'matches' }
}

/** Whether what one part says stands for what another said: that nobody can say, or else what waits for most. */
function outweighs(fit: Fit, other: Fit): boolean {
  return other === 'awaits-beginning' || (other === 'awaited' && fit !== 'awaits-beginning')
}

const anyHint = 'Write `any` to mean every one.'

/** SECURITY: what lets requests through says so in so many words (AC-6.3). */
function demandWritten({ effect, methods, paths, approvers }: Rule): void {
  if (approvers !== undefined && effect !== 'ask')
    throw new CoatcheckError('rule_invalid', { reason: '`approvers` is only for `ask`' })
  if (effect === 'deny') return
  for (const [field, value] of Object.entries({ methods, paths })) {
    if (value === undefined)
      throw new CoatcheckError('rule_invalid', { reason: `\`${field}\` is missing`, hint: anyHint })
  }
}

function methodsOf({ methods }: Rule): ReadonlySet<string> | undefined {
  if (methods === undefined || methods === 'any') return undefined
  if (methods.length === 0) throw new CoatcheckError('rule_invalid', { reason: '`methods` is empty', hint: anyHint })
  const known = new Set(methods.map((method) => method.toUpperCase()))
  if (known.has('GET')) known.add('HEAD')
  return known
}

function methodPart(known: ReadonlySet<string>, isLenient: boolean): RulePart {
  return {
    kind: 'method',
    fit: ({ method }) => told(known.has(method) || (isLenient && known.has(method.toUpperCase()))),
  }
}

function hostsOf({ hosts }: Rule): readonly DestinationPattern[] | undefined {
  return hosts?.map((host) => {
    if (/[/~:]/.test(host)) throw new CoatcheckError('rule_invalid', { host, reason: 'it is no plain host' })
    return parseDestinationPattern(host, { sharedSuffix: true })
  })
}

function hostPart(patterns: readonly DestinationPattern[]): RulePart {
  return { kind: 'host', fit: ({ host }) => told(patterns.some((pattern) => pattern.matchesHost(host))) }
}

/** SECURITY: what allows is compared with the path as it is sent; what forbids, with everything that a service may make of it. */
function pathPart(patterns: readonly PathPattern[], isLenient: boolean): RulePart {
  return {
    kind: 'path',
    fit: isLenient
      ? ({ readings }) => told(patterns.some((each) => readings.some((reading) => fitsLeniently(each, reading))))
      : ({ segments, hidesDots }) => told(!hidesDots && patterns.some((each) => fitsExactly(each, segments))),
  }
}

function queryParts({ query = {} }: Rule): RulePart[] {
  return Object.entries(query).map(([name, value]) => ({
    kind: 'query',
    fit: (request) =>
      request.isPartial === true ? 'awaited' : fitsParameter(parametersOf(request.query), name, value),
  }))
}

function headerParts({ headers = {} }: Rule): RulePart[] {
  return Object.entries(headers).map(([name, value]) => ({
    kind: 'header',
    fit: (request) => (request.isPartial === true ? 'awaited' : fitsField(request.fields(), name, value)),
  }))
}

function bodyParts({ body = [] }: Rule): RulePart[] {
  return body.map((condition) => {
    const test = compileBodyCondition(condition)
    return {
      kind: 'body',
      fit({ body: known }) {
        if (known === 'awaited') return known
        if (known === 'none') return test(undefined)
        return 'unreadable' in known ? known : test(known.value)
      },
    }
  })
}

/** SECURITY: in a rule that allows, everything that the request does has to fit; in another one, a part of it is enough. */
function actionParts({ action, effect }: Rule): RulePart[] {
  if (action === undefined) return []
  const matcher = compileAction(action, effect === 'allow' ? 'every' : 'any')
  return [
    {
      kind: 'action',
      fit({ bytes, fields, host, isPartial, method, path, query }) {
        if (isPartial === true) return 'awaited'
        const head = { method, host, path, query, fields: fields() }
        if (!actionNeedsBody(action, head)) return judged(matcher.matches(head, undefined))
        if (bytes === undefined || bytes instanceof Uint8Array) return judged(matcher.matches(head, bytes))
        if (bytes !== 'awaited' && !('begun' in bytes)) return bytes
        const reader = actionDecidesEarly(action, head) ? matcher.read?.(head) : undefined
        if (bytes === 'awaited') return reader === undefined ? bytes : 'awaits-beginning'
        return fitBeginning(bytes, reader)
      },
    },
  ]
}

/** SECURITY: bytes that are not here yet are taken for granted by no rule. */
function fitBeginning({ begun, otherwise }: BegunBytes, reader: ActionReader | undefined): Fit {
  if (reader === undefined) return otherwise
  const verdict = reader.feed(begun)
  if (verdict !== 'more') return judged(verdict)
  return otherwise === 'awaited' ? 'awaits-beginning' : otherwise
}

function expressionPart({ effect, when }: Rule): RulePart[] {
  if (when === undefined) return []
  const expression = readExpression(when)
  return [{ kind: 'when', fit: (request) => askExpression(expression, request, effect !== 'allow') }]
}

function judged(verdict: ActionVerdict): Exclude<Fit, 'awaited'> {
  return typeof verdict === 'boolean' ? told(verdict) : verdict
}

function told(fits: boolean): 'matches' | 'differs' {
  return fits ? 'matches' : 'differs'
}
