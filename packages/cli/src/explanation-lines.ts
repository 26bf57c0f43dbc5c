import type {
  ExplainedCap,
  ExplainedDial,
  ExplainedGrant,
  ExplainedRule,
  ExplainedRuleList,
  ExplainedScope,
  ExplainedVerdict,
  Explanation,
} from '@coatcheck/contract'
import { fieldLines } from './table.ts'

/** An explanation as lines for a person; the verdict stands last. */
export function explanationLines(explanation: Explanation): readonly string[] {
  const { sandbox, method, destination, path, grants, rules, caps, verdict, dial, notes } = explanation
  return [
    ...fieldLines([
      ['sandbox', `${sandbox.name} (${sandbox.id}), ${sandbox.status}`],
      ['request', destination === null ? method : `${method} ${destination}${path ?? ''}`],
      ['network', networkText(explanation)],
      ...(dial === null ? [] : [['dial', dialText(dial)] as const]),
    ]),
    ...(grants.length === 0 ? ['', 'The sandbox has no grants.'] : grants.flatMap(grantLines)),
    ...rules.flatMap(ruleListLines),
    ...(caps.length === 0 ? [] : ['', 'caps', ...caps.map(capLine)]),
    '',
    ...verdictLines(verdict),
    ...notes.map((note) => `         ${note}`),
  ]
}

function networkText({ network }: Explanation): string {
  if (network === null) return 'the URL names no destination'
  const { effect, rule } = network
  if (effect === 'inspect') return `inspected: the scope ${rule} covers it`
  if (effect === 'tunnel') return `tunnelled, unread: the rule ${rule} allows it`
  return rule === null ? 'denied: no scope and no rule names it' : `denied: by the rule ${rule}`
}

function dialText({ transport, host, port, pin, allowPrivate, ownRoots, proxy }: ExplainedDial): string {
  const way = [
    `${transport === 'tls' ? 'TLS to ' : ''}${host}:${port}`,
    ...(pin === null ? [] : [`pinned to ${pin.address}${pin.port === undefined ? '' : `, port ${pin.port}`}`]),
    ...(proxy === null ? [] : [`through the proxy ${proxy}, which resolves the name and checks its address`]),
    ...(pin === null && proxy === null ? [allowPrivate ? 'private addresses allowed' : 'public addresses only'] : []),
    ...(ownRoots ? ['roots of the scope trusted'] : []),
  ]
  return way.join('; ')
}

function grantLines({ env, secret, source, status, scopes }: ExplainedGrant): readonly string[] {
  const title = `${env}: ${secret === null ? 'a value in memory' : `secret ${secret}`}${source === undefined ? '' : ` by the source ${source}`}, ${status}`
  return ['', title, ...scopes.flatMap(scopeLines)]
}

function scopeLines(scope: ExplainedScope): readonly string[] {
  const { to, differs, injector, place, stands, attach, foreign, cookies, uninspected, newKeys } = scope
  if (differs.length > 0) return [`  no   ${to}: another ${differs.join(' and ')}`]
  const standing = stands ? 'and stands there' : 'where it does not stand'
  const unasked = attach === 'always' ? '; also on a request without any credential' : ''
  return [
    `  yes  ${to}: ${injector}`,
    `       the placeholder belongs here, ${standing}: ${place}${unasked}`,
    `       credentials of others: ${foreign}`,
    `       in responses: cookies: ${cookies}; what cannot be searched: ${uninspected}; new keys: ${newKeys ?? 'of no known form'}`,
  ]
}

function ruleListLines({ list, dryRun, outcome, decidedBy, rules }: ExplainedRuleList): readonly string[] {
  const undecided = outcome === 'awaits-body' ? 'the body decides' : 'none denies it'
  const decided = decidedBy === null ? undecided : `${outcome}, by ${decidedBy}`
  return ['', `rules of ${list}${dryRun ? ', a dry run' : ''}: ${decided}`, ...rules.map(ruleLine)]
}

/** What one rule has to do with a request, as a line for a person. */
export function ruleLine({ rule, effect, fit, part, reason }: ExplainedRule): string {
  if (fit === 'matches') return `  yes  ${effect} ${rule}`
  if (fit === 'differs') return `  no   ${effect} ${rule}: another ${part}`
  if (fit === 'awaits-body') return `  ?    ${effect} ${rule}: the body decides`
  return `  ?    ${effect} ${rule}: ${part}: ${reason}`
}

function capLine({ on, id, text, used, reserved, reset, outcome }: ExplainedCap): string {
  const mark = { room: 'yes', 'awaits-body': '?  ' }[outcome as string] ?? 'no '
  const stands = `used ${used}${reserved === 0 ? '' : `, reserved ${reserved}`}${reset === null ? '' : `, resets ${reset}`}`
  const why = outcome === 'room' ? '' : outcome === 'awaits-body' ? '; the body decides' : `; ${outcome}`
  return `  ${mark}  ${text} on ${on === 'project' ? on : `${on} ${id}`}: ${stands}${why}`
}

function verdictLines(verdict: ExplainedVerdict): readonly string[] {
  if (verdict.outcome === 'refused') {
    const { code, detail, remedy, alarm } = verdict
    return [`refused  ${code}${alarm ? ', with an alarm' : ''}: ${detail}.`, `         ${remedy}`]
  }
  if (verdict.outcome === 'injected') {
    return verdict.attachments.map(({ env, secret, to, injector, attach }) => {
      const unasked = attach === 'always' ? ', unasked' : ''
      return `injected ${secret ?? 'the value in memory'} for ${env} by ${injector}, for ${to}${unasked}`
    })
  }
  const sentences = {
    forwarded: 'forwarded without a secret.',
    tunnelled: 'tunnelled without a secret.',
    answered: 'answered by the broker itself.',
  }
  return [sentences[verdict.outcome]]
}
