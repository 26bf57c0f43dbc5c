import type { DangerClass, RuleEffect, RuleList } from '@coatcheck/contract'
import { type CompiledRule, compileRule, fitRule, type RulePartKind } from './compile-rule.ts'
import type { Fit, Unreadable } from './fit.ts'
import { presetParts } from './presets.ts'
import { RuleIndex } from './rule-index.ts'
import type { RuleRequest } from './rule-request.ts'

/** What a list says of a request; `rule` is null where it is the default. */
export type RuleDecision =
  | { readonly effect: RuleEffect; readonly rule: string | null; readonly approvers?: readonly string[] }
  /** The body decides, and is not here yet; it may be that its beginning is enough. */
  | { readonly effect: 'awaits-body'; readonly isBeginningEnough: boolean }
  /** It cannot be said, so the request is refused. */
  | { readonly effect: 'deny'; readonly rule: string; readonly unreadable: string }

/** What one rule has to do with a request, for people. */
export interface RuleTrace {
  readonly rule: string
  readonly effect: RuleEffect
  readonly fit: Fit
  readonly part?: RulePartKind
}

/** What was found of the rules of one effect; the first one each time. */
interface Found {
  matching?: CompiledRule
  awaited?: CompiledRule
  awaitsBeginning?: CompiledRule
  unreadable?: { readonly rule: CompiledRule; readonly why: string }
}

/** A rule list, ready to be asked. Pure: no input or output, no clock. */
export class RuleSet {
  /** Classes of calls that its presets refuse. */
  readonly classes: readonly DangerClass[]
  readonly #default: RuleList['default']
  readonly #rules: readonly CompiledRule[]
  readonly #index: RuleIndex

  /** @throws CoatcheckError `rule_invalid` */
  constructor({ default: otherwise, presets = [], rules }: RuleList) {
    const made = presets.map((preset) => presetParts[preset])
    this.#default = otherwise
    this.#rules = [...made.flatMap((preset) => preset.rules), ...rules.map(compileRule)]
    this.#index = new RuleIndex(this.#rules)
    this.classes = [...new Set(made.flatMap(({ classes }) => classes))]
  }

  /** Deny wins, then ask, then allow, then the default. SECURITY: what cannot be said of a rule is taken the way that refuses. */
  decide(request: RuleRequest): RuleDecision {
    const found: Record<RuleEffect, Found> = { deny: {}, ask: {}, allow: {} }
    for (const number of this.#index.candidates(request.readings)) {
      const rule = this.#rules[number]!
      const { fit } = fitRule(rule, request)
      if (fit === 'matches') {
        if (rule.effect === 'deny') return { effect: 'deny', rule: rule.name }
        found[rule.effect].matching ??= rule
      } else if (fit !== 'differs') note(found[rule.effect], rule, fit)
    }
    return this.#settle(found)
  }

  /** The same of whatever is sent to a host where nobody reads it. */
  decideUnseen(host: string): RuleDecision {
    const found: Record<RuleEffect, Found> = { deny: {}, ask: {}, allow: {} }
    for (const rule of this.#rules) {
      const fits = rule.parts.map((part) => (part.kind === 'host' ? part.fit({ host }) : unseen))
      if (fits.includes('differs')) continue
      if (fits.includes(unseen)) note(found[rule.effect], rule, unseen)
      else if (rule.effect === 'deny') return { effect: 'deny', rule: rule.name }
      else found[rule.effect].matching ??= rule
    }
    return this.#settle(found)
  }

  /** Whether some rule knows tools of MCP servers. */
  get knowsTools(): boolean {
    return this.#rules.some(({ tools }) => tools !== undefined)
  }

  /** Whether a call of a tool may be let through, for all that is known of it; `request` is one whose body is awaited. */
  mayCall(request: RuleRequest, tool: string): boolean {
    let isOpen = this.#default === 'allow'
    for (const { effect, parts, tools } of this.#rules) {
      const fits = parts.filter(({ kind }) => tools === undefined || kind !== 'action').map((part) => part.fit(request))
      if (fits.includes('differs')) continue
      const listing = tools === undefined ? 'some' : tools(tool)
      if (effect !== 'deny') isOpen ||= listing !== 'none'
      else if (listing === 'all' && fits.every((fit) => fit === 'matches')) return false
    }
    return isOpen
  }

  /** What every rule has to do with a request, in the order of the list. */
  examine(request: RuleRequest): readonly RuleTrace[] {
    return this.#rules.map((rule) => ({ rule: rule.name, effect: rule.effect, ...fitRule(rule, request) }))
  }

  #settle({ deny, ask, allow }: Record<RuleEffect, Found>): RuleDecision {
    const pending = pendingOf(deny) ?? (ask.matching === undefined ? pendingOf(ask) : undefined)
    if (pending !== undefined) return pending
    if (ask.matching !== undefined) return allowing('ask', ask.matching)
    if (allow.matching !== undefined) return allowing('allow', allow.matching)
    if (this.#default === 'allow') return { effect: 'allow', rule: null }
    return pendingOf(allow) ?? { effect: 'deny', rule: null }
  }
}

const unseen: Unreadable = { unreadable: 'the broker does not look into a tunnel' }

function note(found: Found, rule: CompiledRule, fit: Exclude<Fit, 'matches' | 'differs'>): void {
  if (fit === 'awaited') found.awaited ??= rule
  else if (fit === 'awaits-beginning') found.awaitsBeginning ??= rule
  else found.unreadable ??= { rule, why: fit.unreadable }
}

function pendingOf({ awaited, awaitsBeginning, unreadable }: Found): RuleDecision | undefined {
  const isBeginningEnough = awaited === undefined
  if (awaited !== undefined || awaitsBeginning !== undefined) return { effect: 'awaits-body', isBeginningEnough }
  return unreadable && { effect: 'deny', rule: unreadable.rule.name, unreadable: unreadable.why }
}

function allowing(effect: RuleEffect, { name, approvers }: CompiledRule): RuleDecision {
  return { effect, rule: name, ...(approvers !== undefined && { approvers }) }
}
