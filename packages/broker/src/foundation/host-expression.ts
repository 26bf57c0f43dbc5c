import { RE2JS } from 're2js'
import { canonicalHost } from './canonical-host.ts'
import { sharedSuffixReason } from './shared-suffix.ts'

/** A regular expression over canonical hosts. */
export interface HostExpression {
  matches(host: string): boolean
}

/** Why an expression was refused, and what to write instead. */
export interface RefusedExpression {
  readonly reason: string
  readonly hint: string
}

/** Longest expression, in characters. */
const maxLength = 512
/** Largest compiled expression, in instructions; time of a match is at most this times the length of the host. */
const maxProgramSize = 2_000

/** An escape, a class, the start of a group, a repetition, or any other single character. */
const token = /\\[\s\S]|\[\^?\]?[^\]]*\]|\(\?[\s\S]|\{\d+(?:,\d*)?\}|[\s\S]/g
/** What an expression over host names is made of; all else (flags, look-around, dots that match anything) is refused. */
const hostToken = /^(?:[A-Za-z0-9_-]|\\[.dw-]|\[\^?(?:[A-Za-z0-9_.-]|\\[.dw-])+\]|\(\?:|[()|*+?]|\{\d+(?:,\d*)?\})$/
const repetition = /^(?:[*+?]|\{.+\})$/
const literal = /^(?:[A-Za-z0-9_-]|\\-)$/

/**
 * Reads the text after `~`. Letters match in both cases, in time linear in the length of the host. It must be anchored
 * at both ends, escape its dots, and end in the dots and letters of a domain that one owner holds, so that nobody else
 * can register a host that it matches; `sharedSuffix` lifts the last condition.
 */
export function parseHostExpression(
  source: string,
  options: { readonly sharedSuffix?: boolean } = {},
): HostExpression | RefusedExpression {
  if (source.length > maxLength) {
    return { reason: `the expression is longer than ${maxLength} characters`, hint: 'Write several scopes.' }
  }
  const body = withoutAnchors(source)
  if (source !== `^${body}$`) {
    return { reason: 'the expression is not anchored', hint: `Write ${suggestHostExpression(source)}` }
  }
  const tokens = body.match(token) ?? []
  return faultOfTokens(tokens) ?? faultOfEnd(tokens, options.sharedSuffix === true) ?? compile(source)
}

/** The anchored form of a text that was meant as an expression, with its `~` and its dots escaped. */
export function suggestHostExpression(source: string): string {
  const tokens = withoutAnchors(source).match(token) ?? []
  const body = tokens.map((part, index) => {
    if (part !== '.') return part
    return repetition.test(tokens[index + 1] ?? '') ? '[a-z0-9-]' : '\\.'
  })
  return hasOuterAlternative(tokens) ? `~^(?:${body.join('')})$` : `~^${body.join('')}$`
}

function withoutAnchors(source: string): string {
  return source.replace(/^\^/, '').replace(/(?<!\\)((?:\\\\)*)\$$/, '$1')
}

function faultOfTokens(tokens: readonly string[]): RefusedExpression | undefined {
  if (tokens.includes('.')) {
    const hint = `Write ${suggestHostExpression(tokens.join(''))}`
    return { reason: 'an unescaped dot matches any character', hint }
  }
  if (hasOuterAlternative(tokens)) {
    return { reason: 'the alternatives are not in a group', hint: 'Write ~^(?:one|two)\\.example\\.com$' }
  }
  const foreign = tokens.find((part, index) => {
    const repeatsNothing = repetition.test(part) && ['(', '(?:', '|'].includes(tokens[index - 1] ?? '(')
    return repeatsNothing || !hostToken.test(part)
  })
  if (foreign === undefined) return undefined
  const hint = 'Use letters, digits, - and \\., classes, groups and repetitions.'
  return { reason: `${foreign} has no place in an expression over hosts`, hint }
}

function hasOuterAlternative(tokens: readonly string[]): boolean {
  let depth = 0
  for (const part of tokens) {
    if (part === '(' || part === '(?:') depth += 1
    else if (part === ')') depth -= 1
    else if (part === '|' && depth === 0) return true
  }
  return false
}

/** Finds the literal text at the end; what remains after its first dot is whole labels, whatever stands before. */
function faultOfEnd(tokens: readonly string[], sharedSuffix: boolean): RefusedExpression | undefined {
  const hint = 'End it in \\. and the domain, such as \\.example\\.com$, or write exact hosts.'
  const start = 1 + tokens.findLastIndex((part) => part !== '\\.' && part !== '[.]' && !literal.test(part))
  const tail = tokens.slice(start).map((part) => (part === '[.]' ? '.' : part.slice(-1).toLowerCase()))
  // SECURITY: without the dot, `[a-z]+example\.com` would match domains that others register.
  const dot = start === 0 ? -1 : tail.indexOf('.')
  const domain = tail.slice(dot + 1).join('')
  if ((start > 0 && dot < 0) || canonicalHost(domain) !== domain) {
    return { reason: 'the expression does not end in a literal domain', hint }
  }
  const shared = start === 0 || sharedSuffix ? undefined : sharedSuffixReason(domain)
  return shared === undefined ? undefined : { reason: shared, hint }
}

function compile(source: string): HostExpression | RefusedExpression {
  try {
    const expression = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE)
    if (expression.programSize() > maxProgramSize) {
      return { reason: 'the expression is too large', hint: 'Use fewer or smaller repetitions.' }
    }
    // SECURITY: the whole host must match, whatever the anchors of the expression bind to.
    return { matches: (host) => expression.testExact(host) }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : 'it does not compile', hint: 'Correct the expression.' }
  }
}
