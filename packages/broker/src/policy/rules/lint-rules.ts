import type { Rule, RuleFinding, RuleList } from '@coatcheck/contract'
import { maskCredentials } from '../../foundation/mask-credentials.ts'
import { readExpression } from '../expressions/read-expression.ts'

/**
 * What a list lets through that its reader may overlook, in the order of its rules, what it denies that they may, and what should not stand
 * in one. Pure. What looks like a credential is not repeated.
 */
export function lintRules(list: RuleList): readonly RuleFinding[] {
  const findings = [
    ...findingsOfMode(list),
    ...findingsOfDefault(list),
    ...list.rules.flatMap((rule, index) => [...findingsOf(rule, index, list), ...credentialIn(rule, index)]),
  ]
  return findings.map(({ kind, rule, says }) => ({ rule: maskCredentials(rule), kind, says: maskCredentials(says) }))
}

/** SECURITY: lists are shown, exported and named in refusals; they are no place for a secret. */
function credentialIn(rule: Rule, index: number): readonly RuleFinding[] {
  const text = JSON.stringify(rule)
  if (maskCredentials(text) === text) return []
  const says = 'something in it looks like a credential, and whoever may read the list reads it: rules hold no secrets'
  return [{ rule: rule.name ?? `rules[${index}]`, kind: 'credential', says }]
}

function findingsOfMode({ dryRun }: RuleList): readonly RuleFinding[] {
  if (dryRun !== true) return []
  return [{ rule: 'dryRun', kind: 'dry-run', says: 'nothing is refused: the journal says what would have been' }]
}

function findingsOfDefault({ default: otherwise, presets = [], rules }: RuleList): readonly RuleFinding[] {
  if (otherwise === 'deny') return []
  const found: RuleFinding[] = [
    {
      rule: 'default',
      kind: 'allow-by-default',
      says: 'whatever no rule matches is allowed, and so is every call that the service adds later',
    },
  ]
  if (presets.length === 0 && !rules.some(({ effect }) => effect !== 'allow'))
    found.push({ rule: 'default', kind: 'unguarded', says: 'no rule denies or asks, so everything is allowed' })
  return found
}

function findingsOf(rule: Rule, index: number, list: RuleList): readonly RuleFinding[] {
  const name = rule.name ?? `rules[${index}]`
  const unguardedFields = fieldsOf(rule, name)
  if (rule.effect === 'deny') return [...unguardedFields, ...deniedSignIns(rule, name)]
  const say = (kind: RuleFinding['kind'], says: string): RuleFinding => ({ rule: name, kind, says })
  if (list.default === 'allow' && rule.effect === 'allow')
    return [say('dead-rule', 'it allows what is allowed by default: it changes nothing')]
  const everything = rule.methods === 'any' && rule.paths === 'any'
  if (everything && isBare(rule))
    return [say('any-of-all', `any method on any path: ${verb(rule)} everything that the secret can do`)]
  const found: RuleFinding[] = [...unguardedFields]
  if (everything) found.push(say('any-of-all', `any method on any path, as far as its other conditions hold`))
  else if (rule.methods === 'any') found.push(say('every-method', 'any method: reading is the same as deleting here'))
  else if (rule.paths === 'any') found.push(say('broad-path', `any path: ${methodsOf(rule)} of everything`))
  if (Array.isArray(rule.paths))
    found.push(...rule.paths.flatMap((path: string) => broadness(path).map((says) => say('broad-path', says))))
  if (
    changes(rule) &&
    rule.body === undefined &&
    rule.action === undefined &&
    rule.when === undefined &&
    Array.isArray(rule.methods) &&
    !(list.presets?.includes('no-money') ?? false)
  )
    found.push(...unguarded(rule).map((says) => say('unguarded', says)))
  return found
}

/** Token endpoints that the broker answers for take a POST: a rule that names no place is about them too. */
function deniedSignIns(rule: Rule, name: string): readonly RuleFinding[] {
  const { methods, paths } = rule
  const isOfPost = methods === undefined || methods === 'any' || methods.includes('POST')
  const isOfAll = paths === undefined || paths === 'any' || paths.includes('/**')
  if (!isBare(rule) || !isOfPost || !isOfAll) return []
  const says = `${methodsOf(rule)} anywhere: without \`hosts\` or \`paths\`, no client can sign in at a token endpoint either`
  return [{ rule: name, kind: 'denied-sign-in', says }]
}

/** Nothing but methods and paths says which requests are meant. */
function isBare({ action, body, headers, hosts, query, when }: Rule): boolean {
  return [action, body, headers, hosts, query, when].every((condition) => condition === undefined)
}

/** What an expression reads without asking whether it is there. */
function fieldsOf({ when }: Rule, rule: string): readonly RuleFinding[] {
  if (when === undefined) return []
  return readExpression(when).unguarded.map((field) => ({
    rule,
    kind: 'unguarded-field',
    says: `\`${field}\` may not be there, and then the request is refused unless \`||\` or \`&&\` decides without it; ask with \`has(${field})\` first`,
  }))
}

/** `/repos/*` is every repository. */
function broadness(path: string): readonly string[] {
  const segments = path.split('/').slice(1)
  const found: string[] = []
  for (const [at, segment] of segments.entries()) {
    const before = segments.slice(0, at).findLast((each) => !each.includes('*'))
    if (segment === '**') {
      const place = at === segments.length - 1 ? 'everything below' : 'any number of segments below'
      found.push(
        `\`${path}\`: ${place} ${before === undefined ? 'the root of the host' : `/${segments.slice(0, at).join('/')}`}`,
      )
    } else if (segment === '*') {
      found.push(`\`${path}\`: every ${before === undefined ? 'first segment' : singular(before)}`)
    }
  }
  return found
}

function singular(collection: string): string {
  const known: Readonly<Record<string, string>> = { repos: 'repository', orgs: 'organisation' }
  const word = collection.replaceAll(/[_-]/g, ' ')
  return known[collection] ?? (/[^s]s$/.test(word) ? word.replace(/ies$/, 'y').replace(/s$/, '') : `one of “${word}”`)
}

function changes({ methods }: Rule): boolean {
  return methods === 'any' || (methods ?? []).some((method) => !['GET', 'HEAD', 'OPTIONS'].includes(method))
}

function unguarded(rule: Rule): readonly string[] {
  if (rule.effect === 'ask') return []
  return [`${methodsOf(rule)} with whatever body: no condition says which values are meant`]
}

function methodsOf({ methods }: Rule): string {
  return methods === 'any' || methods === undefined ? 'any method' : methods.join(', ')
}

function verb({ effect }: Rule): string {
  return effect === 'ask' ? 'it asks about' : 'it allows'
}
