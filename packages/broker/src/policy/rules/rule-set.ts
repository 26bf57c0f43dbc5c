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

/** A rule list, ready to be asked. Pure: no input or output, no clock. */
export class RuleSet {
  /** Classes of calls that its presets refuse. */
  readonly classes: readonly DangerClass[]
  readonly #default: RuleList['default']
  /** In the order of the list. */
  readonly #rules: readonly CompiledRule[]
  /** In the order in which they win: those that deny, then those that ask, then those that allow. */
  readonly #ranked: readonly CompiledRule[]
  /** Those that somebody wrote, and that deny. */
  readonly #denying: readonly CompiledRule[]
  /** Of `#ranked`. */
  readonly #index: RuleIndex

  /** @throws CoatcheckError `rule_invalid` */
  constructor({ default: otherwise, presets = [], rules }: RuleList) {
    const made = presets.map((preset) => presetParts[preset])
    this.#default = otherwise
    const written = rules.map(compileRule)
    this.#rules = [...made.flatMap((preset) => preset.rules), ...written]
    this.#denying = written.filter(({ effect }) => effect === 'deny')
    this.#ranked = ranking.flatMap((effect) => this.#rules.filter((rule) => rule.effect === effect))
    this.#index = new RuleIndex(this.#ranked)
    this.classes = [...new Set(made.flatMap(({ classes }) => classes))]
  }

  /** Deny wins, then ask, then allow, then the default. SECURITY: what cannot be said of a rule is taken the way that refuses. */
  decide(request: RuleRequest): RuleDecision {
    const weighing = new Weighing()
    const candidates = this.#index.candidates(request)
    for (let word = 0; word < candidates.length; word += 1) {
      for (let bits = candidates[word]!; bits !== 0; bits &= bits - 1) {
        const rule = this.#ranked[32 * word + 31 - Math.clz32(bits & -bits)]!
        if (weighing.isOver(rule)) return weighing.end(this.#default)
        const decision = weighing.add(rule, fitRule(rule, request).fit)
        if (decision !== undefined) return decision
      }
    }
    return weighing.end(this.#default)
  }

  /** The same of whatever is sent to a host where nobody reads it. */
  decideUnseen(host: string): RuleDecision {
    const weighing = new Weighing()
    for (const rule of this.#ranked) {
      if (weighing.isOver(rule)) break
      const decision = weighing.add(rule, fitUnseen(rule, host).fit)
      if (decision !== undefined) return decision
    }
    return weighing.end(this.#default)
  }

  /**
   * What is said of a request that reaches no service: rules that somebody wrote to deny it decide alone. Presets, and what is not
   * allowed, are about services.
   */
  decideAnswered(request: RuleRequest): RuleDecision {
    const weighing = new Weighing()
    for (const rule of this.#denying) {
      const decision = weighing.add(rule, fitRule(rule, request).fit)
      if (decision !== undefined) return decision
    }
    return weighing.end('allow')
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

  /** The same of a request that reaches no service, and of the rules that are asked about it. */
  examineAnswered(request: RuleRequest): readonly RuleTrace[] {
    return this.#denying.map((rule) => ({ rule: rule.name, effect: rule.effect, ...fitRule(rule, request) }))
  }

  /** The same of whatever is sent to a host where nobody reads it. */
  examineUnseen(host: string): readonly RuleTrace[] {
    return this.#rules.map((rule) => ({ rule: rule.name, effect: rule.effect, ...fitUnseen(rule, host) }))
  }
}

/** What a rule has to do with what nobody reads, and the part that did not simply match. */
function fitUnseen({ parts }: CompiledRule, host: string): { readonly fit: Fit; readonly part?: RulePartKind } {
  const hosts = parts.find(({ kind }) => kind === 'host')
  if (hosts?.kind === 'host' && hosts.fit({ host }) === 'differs') return { fit: 'differs', part: 'host' }
  const [other] = parts.filter(({ kind }) => kind !== 'host')
  return other === undefined ? { fit: 'matches' } : { fit: unseen, part: other.kind }
}

const ranking: readonly RuleEffect[] = ['deny', 'ask', 'allow']
const unseen: Unreadable = { unreadable: 'the broker does not look into a tunnel' }

/** What comes of the rules that are asked, those that win first. */
class Weighing {
  /** Effect of the rules of which it cannot be said yet, or not at all, whether they match. */
  #open: RuleEffect | undefined
  #isAwaited = false
  #isBeginningAwaited = false
  #unreadable: { readonly rule: string; readonly why: string } | undefined

  /** Whether the rules that win over this one leave it nothing to say. */
  isOver({ effect }: CompiledRule): boolean {
    return this.#open !== undefined && this.#open !== effect
  }

  /** Takes what was found of the next rule. @returns the decision, where nothing after it can change it */
  add(rule: CompiledRule, fit: Fit): RuleDecision | undefined {
    if (fit === 'differs') return undefined
    if (fit === 'matches') return decisionOf(rule)
    this.#open = rule.effect
    if (fit === 'awaited') this.#isAwaited = true
    else if (fit === 'awaits-beginning') this.#isBeginningAwaited = true
    else this.#unreadable ??= { rule: rule.name, why: fit.unreadable }
    return undefined
  }

  /** The decision where no rule matches. */
  end(otherwise: RuleList['default']): RuleDecision {
    if (otherwise === 'allow' && (this.#open ?? 'allow') === 'allow') return { effect: 'allow', rule: null }
    if (this.#isAwaited || this.#isBeginningAwaited)
      return { effect: 'awaits-body', isBeginningEnough: !this.#isAwaited }
    if (this.#unreadable === undefined) return { effect: 'deny', rule: null }
    return { effect: 'deny', rule: this.#unreadable.rule, unreadable: this.#unreadable.why }
  }
}

function decisionOf({ approvers, effect, name }: CompiledRule): RuleDecision {
  return { effect, rule: name, ...(effect === 'ask' && approvers !== undefined && { approvers }) }
}
