import { isDeepStrictEqual } from 'node:util'
import type { Rule, RuleList } from '@coatcheck/contract'

/**
 * Whether the list `after` may let anything through that `before` did not. Whatever is not sure to be the same or narrower counts as
 * wider; no list at all is the widest.
 */
export function widensRules(before: RuleList | undefined, after: RuleList | undefined): boolean {
  // What refuses nothing is as wide as no list.
  if (before === undefined || before.dryRun === true) return false
  if (after === undefined || after.dryRun === true) return true
  const isOpen = before.default === 'allow'
  const keepsPresets = (before.presets ?? []).every((preset) => after.presets?.includes(preset) === true)
  const keeps = (rule: Rule, ...effects: readonly Rule['effect'][]): boolean =>
    after.rules.some((other) => effects.includes(other.effect) && isSameReach(rule, other))
  const isKept = before.rules.every((rule) => {
    if (rule.effect === 'deny') return keeps(rule, 'deny')
    // SECURITY: who may decide is part of what is asked.
    return rule.effect === 'allow' || keeps(rule, 'deny') || after.rules.some((other) => isSame(rule, other))
  })
  const isKnown = after.rules.every((rule) => {
    if (rule.effect === 'deny' || isOpen) return true
    return before.rules.some((known) => (known.effect === 'allow' ? isSameReach(known, rule) : isSame(known, rule)))
  })
  return !(keepsPresets && isKept && isKnown && (isOpen || after.default === 'deny'))
}

/** Whether two rules are about the same requests. */
function isSameReach(one: Rule, other: Rule): boolean {
  const { name: _one, effect: _effect, approvers: _approvers, ...inner } = one
  const { name: _other, effect: _otherEffect, approvers: _others, ...outer } = other
  return isDeepStrictEqual(inner, outer)
}

function isSame(one: Rule, other: Rule): boolean {
  const { name: _one, ...inner } = one
  const { name: _other, ...outer } = other
  return isDeepStrictEqual(inner, outer)
}
